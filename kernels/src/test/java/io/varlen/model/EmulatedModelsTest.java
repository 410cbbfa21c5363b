package io.varlen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.varlen.attention.AttentionListener;
import io.varlen.attention.Backend;
import io.varlen.attention.Dtype;
import io.varlen.attention.Tensor;
import io.varlen.internal.cuda.EmulatedBackends;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole models on an emulated CUDA device against PyTorch. */
class EmulatedModelsTest {
    /** A device, a dtype, and how far hidden states may be off by, in units of the largest. */
    private enum Arithmetic {
        FP32_ON_TURING(75, Dtype.FP32, 1e-4),
        FP16_ON_TURING(75, Dtype.FP16, 0.01),
        FP16_ON_AMPERE(80, Dtype.FP16, 0.01),
        BF16_ON_AMPERE(80, Dtype.BF16, 0.06);

        private final int capability;
        private final Dtype dtype;
        private final double tolerance;

        Arithmetic(int capability, Dtype dtype, double tolerance) {
            this.capability = capability;
            this.dtype = dtype;
            this.tolerance = tolerance;
        }

        Backend open() {
            return EmulatedBackends.open(capability, dtype);
        }
    }

    @TempDir
    private Path temp;

    static List<String> families() {
        return TinyModels.NAMES;
    }

    static List<String> decoders() {
        return TinyModels.CAUSAL;
    }

    @ParameterizedTest
    @MethodSource("families")
    void hiddenStatesAreThoseOfPyTorch(String name) throws IOException {
        int[][] sequences = TinyModels.sequences(name);
        float[][][] expected = TinyModels.hiddenStates(name);
        int layers = TinyModels.config(name).layers();
        ModelFiles files = ModelFiles.open(TinyModels.folder(name, temp));
        for (Arithmetic arithmetic : Arithmetic.values()) {
            try (Backend backend = arithmetic.open();
                    Transformer model = Models.transformer(files, backend)) {
                float[] states = forward(model, TinyModels.pack(sequences));
                int at = 0;
                for (int i = 0; i < sequences.length; i++) {
                    for (float state : expected[i][layers]) {
                        assertThat((double) states[at])
                                .as("%s, sequence %d, element %d", arithmetic, i, at)
                                .isCloseTo(state, within(arithmetic.tolerance * largest(expected[i][layers])));
                        at++;
                    }
                }
                assertThat(at).isEqualTo(states.length);
            }
        }
    }

    private static double largest(float[] states) {
        double largest = 0;
        for (float state : states) {
            largest = Math.max(largest, Math.abs(state));
        }
        return largest;
    }

    @ParameterizedTest
    @MethodSource("decoders")
    void nextTokensAreAsLikelyAsInPyTorch(String name) throws IOException {
        double[][] expected = TinyModels.negativeLogLikelihoods(name);
        PackedBatch batch = TinyModels.pack(TinyModels.sequences(name));
        ModelFiles files = ModelFiles.open(TinyModels.folder(name, temp));
        for (Arithmetic arithmetic : Arithmetic.values()) {
            try (Backend backend = arithmetic.open();
                    CausalLm model = Models.causalLm(files, backend)) {
                double[] nll = model.negativeLogLikelihood(batch, AttentionListener.NONE);
                for (int i = 0; i < expected.length; i++) {
                    int start = batch.cuSeqlens().start(i);
                    assertThat(nll[start]).isNaN();
                    for (int t = 0; t < expected[i].length; t++) {
                        assertThat(nll[start + 1 + t])
                                .as("%s, token %d of %d", arithmetic, t, i)
                                .isCloseTo(expected[i][t], within(2 * arithmetic.tolerance));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void aSequenceHasTheSameBitsAloneAndInAnyCompany(String name) throws IOException {
        ModelConfig config = TinyModels.config(name);
        for (Arithmetic arithmetic : Arithmetic.values()) {
            try (Backend backend = arithmetic.open();
                    Transformer model = Models.transformer(config, new RandomWeights(8), backend)) {
                for (int seed = 0; seed < 3; seed++) {
                    Random dice = new Random(seed);
                    int[] mine = ids(dice, config);
                    int[] before = ids(dice, config);
                    float[] alone = forward(model, TinyModels.pack(mine));
                    float[] together = forward(model, TinyModels.pack(before, mine, ids(dice, config)));
                    int start = before.length * config.hiddenSize();
                    assertThat(Arrays.copyOfRange(together, start, start + alone.length))
                            .as("%s, seed %d: length %d behind %d", arithmetic, seed, mine.length, before.length)
                            .containsExactly(alone);
                }
            }
        }
    }

    private static int[] ids(Random dice, ModelConfig config) {
        int length = 1 + dice.nextInt(config.maxPositions());
        return dice.ints(length, 0, config.vocabularySize()).toArray();
    }

    /** By the forms for tensor cores. */
    @ParameterizedTest
    @ValueSource(strings = {"FP16_ON_AMPERE", "BF16_ON_AMPERE"})
    void theBuiltinModelsEmbeddingsAreThoseOfPyTorch(Arithmetic arithmetic) throws IOException {
        List<JsonNode> texts = GoldenEmbeddings.lines("texts.jsonl").subList(0, 12);
        List<float[]> expected = GoldenEmbeddings.rows("embeddings.f32");
        int[][] ids = texts.stream().map(GoldenEmbeddings::ids).toArray(int[][]::new);
        try (Backend backend = arithmetic.open();
                Encoder encoder = Models.encoder(ModelFiles.builtin(null), backend)) {
            float[] together = encoder.embed(TinyModels.pack(ids));
            for (int i = 0; i < ids.length; i++) {
                assertThat(GoldenEmbeddings.cosine(row(together, i), expected.get(i)))
                        .as("text %s", texts.get(i).get("id"))
                        .isGreaterThan(0.999);
            }
            assertThat(encoder.embed(TinyModels.pack(ids[3]))).containsExactly(row(together, 3));
        }
    }

    private static float[] row(float[] embeddings, int i) {
        int dimension = GoldenEmbeddings.DIMENSION;
        return Arrays.copyOfRange(embeddings, i * dimension, (i + 1) * dimension);
    }

    private static float[] forward(Transformer model, PackedBatch batch) {
        try (Tensor states = model.forward(batch, AttentionListener.NONE)) {
            return states.toArray();
        }
    }
}
