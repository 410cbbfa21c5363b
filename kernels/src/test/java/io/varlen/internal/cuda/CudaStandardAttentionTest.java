package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.attention.Attention;
import io.varlen.attention.Backend;
import io.varlen.attention.DeviceComparison;
import io.varlen.attention.Dtype;
import io.varlen.attention.Heads;
import io.varlen.attention.OutOfDeviceMemoryException;
import io.varlen.attention.Tensor;
import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CudaStandardAttentionTest {
    private static final int HEADS = 4;
    private static final int DIM = 16;

    private static Heads random(Backend backend, Random dice, int tokens, int heads) {
        float[] numbers = new float[tokens * heads * DIM];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) dice.nextGaussian();
        }
        Tensor tensor = backend.activations(tokens, heads * DIM);
        backend.gather(
                backend.tensor(numbers, tokens, heads * DIM),
                IntStream.range(0, tokens).toArray(),
                tensor);
        return Heads.of(tensor, heads);
    }

    private static Attention call(Backend backend, Mask mask, int... lengths) {
        Random dice = new Random(5);
        CuSeqlens sequences = CuSeqlens.ofLengths(lengths);
        int tokens = sequences.total();
        return new Attention(
                random(backend, dice, tokens, HEADS),
                random(backend, dice, tokens, 2),
                random(backend, dice, tokens, 2),
                MaskPlan.of(mask, sequences),
                Heads.of(backend.activations(tokens, HEADS * DIM), HEADS));
    }

    @ParameterizedTest
    @EnumSource(
            value = Dtype.class,
            names = {"FP32", "FP16", "BF16"})
    void isTheBackendsAttention(Dtype dtype) {
        try (CudaUnderTest cuda = new CudaUnderTest(80, dtype)) {
            Attention call = call(cuda.backend(), Mask.full(), 70, 70);
            cuda.backend().attention(call);
            float[] expected = call.o().tensor().toArray();
            DeviceComparison comparison = cuda.backend().comparison().orElseThrow();
            long bytes = comparison.peakBytes(() -> comparison.standardAttention(call));
            float[] actual = call.o().tensor().toArray();
            double tolerance = dtype == Dtype.FP32 ? 1e-5 : dtype == Dtype.FP16 ? 0x1p-8 : 0x1p-5;
            for (int i = 0; i < actual.length; i++) {
                assertThat((double) Math.abs(actual[i] - expected[i])).isLessThan(tolerance);
            }
            long scores = DeviceComparison.scoreBytes(2, 70, HEADS);
            assertThat(scores).isEqualTo(4L * 2 * HEADS * 70 * 70);
            assertThat(bytes).isBetween(scores, scores + 256);
        }
    }

    @Test
    void whatItIsNotForIsRefused() {
        try (CudaUnderTest cuda = new CudaUnderTest(80, Dtype.FP32)) {
            DeviceComparison comparison = cuda.backend().comparison().orElseThrow();
            for (Attention call :
                    new Attention[] {call(cuda.backend(), Mask.causal(), 3, 3), call(cuda.backend(), Mask.full(), 3, 4)
                    }) {
                assertThatThrownBy(() -> comparison.standardAttention(call))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("full masks over sequences of one length");
            }
        }
    }

    @Test
    void scoresForWhichThereIsNoRoomAreOutOfMemory() {
        try (CudaUnderTest cuda = new CudaUnderTest(80, Dtype.FP32, 64)) {
            Attention call = call(cuda.backend(), Mask.full(), 2500);
            DeviceComparison comparison = cuda.backend().comparison().orElseThrow();
            assertThatThrownBy(() -> comparison.standardAttention(call)).isInstanceOf(OutOfDeviceMemoryException.class);
        }
    }
}
