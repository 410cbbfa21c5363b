package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.attention.Activation;
import io.varlen.attention.Attention;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.DeviceException;
import io.varlen.attention.Dtype;
import io.varlen.attention.FeedForward;
import io.varlen.attention.Heads;
import io.varlen.attention.Linear;
import io.varlen.attention.Pooling;
import io.varlen.attention.Tensor;
import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.util.Random;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the backend itself does, around the kernels. */
class CudaBackendTest {
    private EmulatedDriver driver;
    private CudaSession session;
    private CudaBackend backend;

    @BeforeEach
    void open() {
        Emulator.kernels();
        driver = EmulatedDriver.of(80);
        session = new CudaSession(driver.open(0), 512L << 20);
        backend = backend(256L << 20);
    }

    private CudaBackend backend(long innerBytes) {
        AttentionForms forms =
                new AttentionForms(AttentionForms.all(session), session.device().properties(), new SelfCheck(session));
        return new CudaBackend(session, Dtype.BF16, forms, CudaGemm.of(session, Set.of()), innerBytes);
    }

    @AfterEach
    void close() {
        if (backend != null) {
            backend.close();
        }
    }

    @Test
    void aFeedForwardPartInPartsHasTheSameBits() {
        Random dice = new Random(1);
        Tensor x = backend.activations(600, 16);
        backend.gather(backend.tensor(random(dice, 600 * 16), 600, 16), count(600), x);
        FeedForward layer = new FeedForward(
                backend.linear(random(dice, 24 * 16), 24, null, Activation.SILU),
                backend.linear(random(dice, 24 * 16), 24, null, Activation.NONE),
                backend.linear(random(dice, 16 * 24), 16, null, Activation.NONE));
        Tensor whole = backend.activations(600, 16);
        backend.feedForward(x, layer, whole);
        int before = products();
        Tensor parts = backend.activations(600, 16);
        backend(1).feedForward(x, layer, parts);
        assertThat(products() - before).isEqualTo(3 * 3);
        assertThat(parts.toArray()).containsExactly(whole.toArray());
    }

    private int products() {
        return driver.device().launches().entrySet().stream()
                .filter(kernel -> kernel.getKey().startsWith("gemm"))
                .mapToInt(java.util.Map.Entry::getValue)
                .sum();
    }

    /** Whoever has fp32 rows need not round them first. */
    @Test
    void aLinearLayerTakesRowsOfEitherKind() {
        Random dice = new Random(2);
        Linear layer = backend.linear(random(dice, 8 * 8), 8, random(dice, 8), Activation.NONE);
        Tensor wide = backend.tensor(random(dice, 5 * 8), 5, 8);
        Tensor narrow = backend.activations(5, 8);
        backend.gather(wide, count(5), narrow);
        Tensor ofWide = backend.activations(5, 8);
        Tensor ofNarrow = backend.activations(5, 8);
        backend.linear(wide, layer, ofWide);
        backend.linear(narrow, layer, ofNarrow);
        assertThat(ofWide.toArray()).containsExactly(ofNarrow.toArray());
    }

    @Test
    void whatDoesNotFitIsNamed() {
        Tensor two = backend.tensor(2, 3);
        Linear layer = backend.linear(new float[12], 4, null, Activation.NONE);
        assertRefused("from 3 to 4 between tensors of [2, 3] and [2, 3]", () -> backend.linear(two, layer, two));
        assertRefused(
                "row 2 of a tensor with 2 rows", () -> backend.gather(two, new int[] {0, 2}, backend.tensor(2, 3)));
        assertRefused("[2, 3] and [3, 3] differ", () -> backend.add(two, backend.tensor(3, 3)));
        assertRefused("a bias that has not one", () -> backend.linear(new float[4], 2, new float[1], Activation.NONE));
        assertRefused(
                "sequence 1 is empty",
                () -> backend.pool(two, CuSeqlens.ofLengths(2, 0), Pooling.MEAN, backend.tensor(2, 3)));
        assertRefused(
                "target 4 of a head with 4 outputs",
                () -> backend.crossEntropy(two, layer, new int[] {-1, 4}, new double[2]));
        try (Backend cpu = Backends.open("cpu", 1)) {
            assertRefused("another backend", () -> backend.add(two, cpu.tensor(2, 3)));
            assertRefused("another backend", () -> cpu.add(cpu.tensor(2, 3), two));
        }
    }

    @Test
    void attentionIsOfOneElementType() {
        MaskPlan mask = MaskPlan.of(Mask.full(), CuSeqlens.ofLengths(3));
        Heads narrow = Heads.of(backend.activations(3, 16), 1);
        Heads wide = Heads.of(backend.tensor(3, 16), 1);
        assertRefused(
                "not of one element type", () -> backend.attention(new Attention(narrow, narrow, narrow, mask, wide)));
    }

    private static void assertRefused(String why, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(why);
    }

    /** Not even giving back works then. */
    @Test
    void closingALostDeviceIsQuiet() {
        session.device().close();
        assertThatThrownBy(() -> backend.tensor(1000, 1000))
                .isInstanceOfSatisfying(
                        DeviceException.class, e -> assertThat(e.kind()).isEqualTo(DeviceException.Kind.FATAL));
        backend.close();
    }

    private static float[] random(Random dice, int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) dice.nextGaussian();
        }
        return numbers;
    }

    private static int[] count(int rows) {
        int[] numbers = new int[rows];
        java.util.Arrays.setAll(numbers, i -> i);
        return numbers;
    }
}
