package io.varlen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.attention.AttentionListener;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
import io.varlen.attention.OutOfDeviceMemoryException;
import io.varlen.attention.Pooling;
import io.varlen.attention.Tensor;
import io.varlen.internal.cuda.CudaUnderTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every family of models on an emulated GPU, against the CPU in fp32, which is tested against PyTorch. */
class CudaModelsTest {
    @TempDir
    private Path temp;

    /** @param tolerance of a hidden state, relative to the largest; {@code nll}: of a negative log-likelihood, in nats */
    private record Kind(int capability, Dtype dtype, double tolerance, double nll) {
        @Override
        public String toString() {
            return dtype.optionName() + " on sm_" + capability;
        }

        CudaUnderTest open() {
            return new CudaUnderTest(capability, dtype);
        }
    }

    private static final List<Kind> KINDS = List.of(
            new Kind(80, Dtype.FP32, 1e-4, 1e-4),
            new Kind(80, Dtype.BF16, 0.05, 0.1),
            new Kind(80, Dtype.FP16, 0.01, 0.05),
            new Kind(75, Dtype.FP16, 0.01, 0.05));

    static Stream<Arguments> familiesAndKinds() {
        return TinyModels.NAMES.stream().flatMap(name -> KINDS.stream().map(kind -> Arguments.of(name, kind)));
    }

    static Stream<Arguments> decodersAndKinds() {
        return TinyModels.CAUSAL.stream().flatMap(name -> KINDS.stream().map(kind -> Arguments.of(name, kind)));
    }

    @ParameterizedTest
    @MethodSource("familiesAndKinds")
    void hiddenStatesAreThoseOfTheCpu(String name, Kind kind) throws IOException {
        int[][] sequences = TinyModels.sequences(name);
        PackedBatch batch = TinyModels.pack(sequences);
        Path folder = TinyModels.folder(name, temp);
        float[] expected;
        try (Backend cpu = Backends.open("cpu", 1);
                Transformer model = Models.transformer(ModelFiles.open(folder), cpu)) {
            expected = forward(model, batch);
        }
        try (CudaUnderTest cuda = kind.open();
                Transformer model = Models.transformer(ModelFiles.open(folder), cuda.backend())) {
            float[] actual = forward(model, batch);
            requireClose(actual, expected, kind.tolerance());
            int at = 0;
            for (int[] sequence : sequences) {
                float[] alone = forward(model, TinyModels.pack(sequence));
                assertThat(alone).containsExactly(Arrays.copyOfRange(actual, at, at + alone.length));
                at += alone.length;
            }
        }
    }

    static Stream<Kind> kinds() {
        return KINDS.stream();
    }

    /** Where the last layer computes one token alone. */
    @ParameterizedTest
    @MethodSource("kinds")
    void oneTokensStateIsThatOfTheCpu(Kind kind) throws IOException {
        PackedBatch batch = TinyModels.pack(TinyModels.sequences("bert"));
        Path folder = TinyModels.folder("bert", temp);
        for (Pooling pooling : List.of(Pooling.CLS, Pooling.LAST_TOKEN)) {
            float[] expected;
            try (Backend cpu = Backends.open("cpu", 1);
                    Encoder encoder =
                            new PooledEncoder(Models.transformer(ModelFiles.open(folder), cpu), pooling, cpu)) {
                expected = encoder.embed(batch);
            }
            try (CudaUnderTest cuda = kind.open();
                    Encoder encoder = new PooledEncoder(
                            Models.transformer(ModelFiles.open(folder), cuda.backend()), pooling, cuda.backend())) {
                requireClose(encoder.embed(batch), expected, kind.tolerance());
            }
        }
    }

    private static float[] forward(Transformer model, PackedBatch batch) {
        try (Tensor states = model.forward(batch, AttentionListener.NONE)) {
            return states.toArray();
        }
    }

    private static void requireClose(float[] actual, float[] expected, double tolerance) {
        double largest = 0;
        double worst = 0;
        double dot = 0;
        double ours = 0;
        double theirs = 0;
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            worst = Math.max(worst, Math.abs((double) actual[i] - expected[i]));
            dot += (double) actual[i] * expected[i];
            ours += (double) actual[i] * actual[i];
            theirs += (double) expected[i] * expected[i];
        }
        assertThat(worst / largest).isLessThanOrEqualTo(tolerance);
        assertThat(dot / Math.sqrt(ours * theirs)).isGreaterThan(0.999);
    }

    @ParameterizedTest
    @MethodSource("decodersAndKinds")
    void nextTokensAreAsLikelyAsOnTheCpu(String name, Kind kind) throws IOException {
        PackedBatch batch = TinyModels.pack(TinyModels.sequences(name));
        Path folder = TinyModels.folder(name, temp);
        double[] expected;
        try (Backend cpu = Backends.open("cpu", 1);
                CausalLm model = Models.causalLm(ModelFiles.open(folder), cpu)) {
            expected = model.negativeLogLikelihood(batch, AttentionListener.NONE);
        }
        try (CudaUnderTest cuda = kind.open();
                CausalLm model = Models.causalLm(ModelFiles.open(folder), cuda.backend())) {
            double[] actual = model.negativeLogLikelihood(batch, AttentionListener.NONE);
            for (int t = 0; t < actual.length; t++) {
                if (Double.isNaN(expected[t])) {
                    assertThat(actual[t]).isNaN();
                } else {
                    assertThat(Math.abs(actual[t] - expected[t])).isLessThanOrEqualTo(kind.nll());
                }
            }
        }
    }

    /** What does not fit is computed in parts, with the same bits, and nothing stays behind. */
    @Test
    void aBatchThatDoesNotFitIsComputedInParts() throws IOException {
        PackedBatch batch = manySequences();
        Path folder = TinyModels.folder("bert", temp);
        float[] whole;
        long needed;
        long weights;
        int passes;
        try (CudaUnderTest cuda = new CudaUnderTest(80, Dtype.BF16);
                Encoder encoder = encoder(folder, cuda.backend())) {
            weights = cuda.used();
            whole = encoder.embed(batch, AttentionListener.NONE);
            needed = cuda.mostUsed();
            passes = passes(cuda);
            assertThat(passes).isPositive();
        }
        System.setProperty("varlen.cuda.memory", String.valueOf((weights + (needed - weights) / 2) >> 20));
        try (CudaUnderTest cuda = new CudaUnderTest(80, Dtype.BF16);
                Encoder encoder = encoder(folder, cuda.backend())) {
            long before = cuda.used();
            assertThat(encoder.embed(batch, AttentionListener.NONE)).containsExactly(whole);
            assertThat(cuda.mostUsed()).isLessThan(needed);
            assertThat(passes(cuda)).isGreaterThan(passes);
            int[] tooLong = new int[1];
            assertThatThrownBy(() -> cuda.backend().tensor(1 << 20, 1 << 10))
                    .isInstanceOf(OutOfDeviceMemoryException.class);
            assertThat(encoder.embed(TinyModels.pack(tooLong), AttentionListener.NONE))
                    .isNotEmpty();
            assertThat(cuda.used() - before).isLessThan(1 << 20);
        } finally {
            System.clearProperty("varlen.cuda.memory");
        }
    }

    /** How often a batch, or a part of one, has begun. */
    private static int passes(CudaUnderTest cuda) {
        return cuda.launches().entrySet().stream()
                .filter(kernel -> kernel.getKey().startsWith("embedding"))
                .mapToInt(Map.Entry::getValue)
                .sum();
    }

    private static PackedBatch manySequences() throws IOException {
        int[][] some = TinyModels.sequences("bert");
        int[][] many = new int[400][];
        for (int i = 0; i < many.length; i++) {
            many[i] = some[i % some.length];
        }
        return TinyModels.pack(Arrays.stream(many).filter(ids -> ids.length > 0).toArray(int[][]::new));
    }

    private static Encoder encoder(Path folder, Backend backend) {
        return new PooledEncoder(Models.transformer(ModelFiles.open(folder), backend), Pooling.MEAN, backend);
    }

    /** Tasks share a model: each thread has a stream of its own, and memory goes from one to the other. */
    @Test
    void threadsShareAModel() throws Exception {
        int[][] sequences = TinyModels.sequences("modernbert");
        Path folder = TinyModels.folder("modernbert", temp);
        try (CudaUnderTest cuda = new CudaUnderTest(80, Dtype.BF16);
                Encoder encoder = encoder(folder, cuda.backend())) {
            List<float[]> expected = new ArrayList<>();
            for (int[] sequence : sequences) {
                expected.add(encoder.embed(TinyModels.pack(sequence), AttentionListener.NONE));
            }
            ExecutorService threads = Executors.newFixedThreadPool(4);
            List<Future<float[]>> results = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                PackedBatch batch = TinyModels.pack(sequences[i % sequences.length]);
                results.add(threads.submit(() -> encoder.embed(batch, AttentionListener.NONE)));
            }
            for (int i = 0; i < results.size(); i++) {
                assertThat(results.get(i).get()).containsExactly(expected.get(i % sequences.length));
            }
            threads.shutdown();
        }
    }
}
