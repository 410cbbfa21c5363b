package io.varlen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.varlen.InvalidInputException;
import io.varlen.attention.AttentionListener;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
import io.varlen.attention.Pooling;
import io.varlen.attention.Tensor;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every family of models. */
class TransformerTest {
    @TempDir
    private Path temp;

    private final Backend backend = Backends.open("cpu", 1);

    @AfterEach
    void close() {
        backend.close();
    }

    static List<String> families() {
        return TinyModels.NAMES;
    }

    static List<String> decoders() {
        return TinyModels.CAUSAL;
    }

    /** A model that is cut behind a layer computes that layer's hidden states. */
    @ParameterizedTest
    @MethodSource("families")
    void everyLayersHiddenStatesAreThoseOfPyTorch(String name) throws IOException {
        int[][] sequences = TinyModels.sequences(name);
        float[][][] expected = TinyModels.hiddenStates(name);
        int all = TinyModels.config(name).layers();
        for (int layers = 1; layers <= all; layers++) {
            Path folder = TinyModels.cutBehind(TinyModels.folder(name, temp), layers);
            try (Transformer model = Models.transformer(ModelFiles.open(folder), backend)) {
                assertThat(model.layers()).isEqualTo(layers);
                float[] states = forward(model, TinyModels.pack(sequences));
                int at = 0;
                for (int i = 0; i < sequences.length; i++) {
                    float[] mine = Arrays.copyOfRange(states, at, at + expected[i][layers].length);
                    requireClose(layers, mine, expected[i][layers]);
                    at += mine.length;
                }
                assertThat(at).isEqualTo(states.length);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("decoders")
    void nextTokensAreAsLikelyAsInPyTorch(String name) throws IOException {
        int[][] sequences = TinyModels.sequences(name);
        double[][] expected = TinyModels.negativeLogLikelihoods(name);
        PackedBatch batch = TinyModels.pack(sequences);
        try (CausalLm model = Models.causalLm(ModelFiles.open(TinyModels.folder(name, temp)), backend)) {
            double[] nll = model.negativeLogLikelihood(batch, AttentionListener.NONE);
            assertThat(nll).hasSize(batch.inputIds().length);
            for (int i = 0; i < sequences.length; i++) {
                int start = batch.cuSeqlens().start(i);
                assertThat(nll[start]).isNaN();
                for (int t = 1; t < sequences[i].length; t++) {
                    assertThat(nll[start + t]).as("%d of %d", t, i).isCloseTo(expected[i][t - 1], within(1e-4));
                }
            }
            assertThat(model.transformer().vocabularySize()).isEqualTo(40);
            assertThat(model.negativeLogLikelihood(TinyModels.pack(new int[0], new int[] {3}), AttentionListener.NONE))
                    .containsExactly(Double.NaN);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "distilbert", "modernbert"})
    void encodersPredictNoNextToken(String name) throws IOException {
        ModelFiles files = ModelFiles.open(TinyModels.folder(name, temp));
        assertThatThrownBy(() -> Models.causalLm(files, backend))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("is a model of type " + name + ", which does not predict the next token")
                .hasMessageContaining("llama");
    }

    @ParameterizedTest
    @ValueSource(strings = "qwen3")
    void aModelWithoutAHeadPredictsNoNextToken(String name) throws IOException {
        ModelFiles files = ModelFiles.open(TinyModels.folder(name, temp));
        assertThatThrownBy(() -> Models.causalLm(files, backend))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("holds no tensor 'lm_head.weight'");
    }

    /** Random lengths, each at a random place in random company, across windows, chunks and row blocks; also in bf16. */
    @ParameterizedTest
    @MethodSource("families")
    void aSequenceHasTheSameBitsAloneAndInAnyCompany(String name) throws IOException {
        for (Dtype dtype : List.of(Dtype.FP32, Dtype.AUTO)) {
            try (Backend one = Backends.open("cpu", 1, dtype);
                    Backend three = Backends.open("cpu", 3, dtype)) {
                requireSameBits(TinyModels.config(name), one, three);
            }
        }
    }

    private static void requireSameBits(ModelConfig config, Backend backend, Backend threads) {
        int vocabulary = config.vocabularySize();
        try (Transformer model = Models.transformer(config, new RandomWeights(8), backend);
                Transformer parallel = Models.transformer(config, new RandomWeights(8), threads)) {
            for (int seed = 0; seed < 40; seed++) {
                Random dice = new Random(seed);
                int length = 1 + dice.nextInt(config.maxPositions());
                int[] mine = dice.ints(length, 0, vocabulary).toArray();
                int[][] company = new int[1 + dice.nextInt(12)][];
                Arrays.setAll(
                        company,
                        i -> dice.ints(dice.nextInt(config.maxPositions()), 0, vocabulary)
                                .toArray());
                int at = dice.nextInt(company.length);
                company[at] = mine;
                PackedBatch batch = TinyModels.pack(company);
                float[] alone = forward(model, TinyModels.pack(mine));
                for (float[] together : List.of(forward(model, batch), forward(parallel, batch))) {
                    int start = batch.cuSeqlens().start(at) * config.hiddenSize();
                    assertThat(Arrays.copyOfRange(together, start, start + alone.length))
                            .as("seed %d: length %d as number %d of %d", seed, length, at, company.length)
                            .containsExactly(alone);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("decoders")
    void aLikelihoodHasTheSameBitsAloneAndInAnyCompany(String name) throws IOException {
        DecoderConfig config = (DecoderConfig) TinyModels.config(name);
        try (CausalLm model = Models.causalLm(config, new RandomWeights(8), backend)) {
            for (int seed = 0; seed < 20; seed++) {
                Random dice = new Random(seed);
                int[] mine = dice.ints(1 + dice.nextInt(64), 0, 40).toArray();
                int[] other = dice.ints(dice.nextInt(64), 0, 40).toArray();
                double[] alone = model.negativeLogLikelihood(TinyModels.pack(mine), AttentionListener.NONE);
                double[] together =
                        model.negativeLogLikelihood(TinyModels.pack(other, mine, other), AttentionListener.NONE);
                assertThat(Arrays.copyOfRange(together, other.length, other.length + mine.length))
                        .as("seed %d", seed)
                        .containsExactly(alone);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void whatIsNotFiniteStaysInItsSequence(String name) throws IOException {
        ModelConfig config = TinyModels.config(name);
        int poison = config.vocabularySize() - 1;
        String table = List.of("bert", "roberta", "distilbert").contains(name)
                ? "word_embeddings.weight"
                : name.equals("modernbert") ? "tok_embeddings.weight" : "embed_tokens.weight";
        RandomWeights weights = new RandomWeights(8).poisonRow(table, poison);
        try (Transformer model = Models.transformer(config, weights, backend)) {
            int[] clean = new Random(1).ints(30, 0, poison).toArray();
            int[] poisoned = {1, poison, 2};
            float[] alone = forward(model, TinyModels.pack(clean));
            float[] together = forward(model, TinyModels.pack(poisoned, clean, poisoned));
            int hidden = config.hiddenSize();
            assertThat(together[hidden]).isNaN();
            assertThat(Arrays.copyOfRange(together, 3 * hidden, 33 * hidden)).containsExactly(alone);
            for (float state : alone) {
                assertThat(state).isFinite();
            }
        }
    }

    /** Once per layer, with the layer's own mask, whose plan is made once per batch. */
    @ParameterizedTest
    @MethodSource("families")
    void theListenerSeesEachLayersCall(String name) throws IOException {
        ModelConfig config = TinyModels.config(name);
        List<Integer> layers = new ArrayList<>();
        Map<String, MaskPlan> plans = new HashMap<>();
        try (Transformer model = Models.transformer(config, new RandomWeights(8), backend)) {
            PackedBatch batch = TinyModels.pack(new int[] {1, 2, 3}, new int[] {4});
            AttentionListener listener = (layer, mask, call) -> {
                layers.add(layer);
                assertThat(model.masks()).containsKey(mask);
                assertThat(plans.computeIfAbsent(mask, first -> call.mask())).isSameAs(call.mask());
                assertThat(call.q().count()).isEqualTo(model.heads());
                assertThat(call.q().tokens()).isEqualTo(4);
                assertThat(call.mask().queries()).isEqualTo(batch.cuSeqlens());
            };
            model.forward(batch, listener).close();
            assertThat(plans.keySet()).isEqualTo(model.masks().keySet());
            assertThat(layers).containsExactlyElementsOf(range(config.layers()));
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void refusesWhatItCannotTake(String name) throws IOException {
        ModelConfig config = TinyModels.config(name);
        int longest = config.maxPositions();
        int vocabulary = config.vocabularySize();
        try (Transformer model = Models.transformer(config, new RandomWeights(8), backend)) {
            assertThat(forward(model, new PackedBatch(new int[0], CuSeqlens.ofLengths())))
                    .isEmpty();
            assertThat(forward(model, TinyModels.pack(new int[longest]))).hasSize(longest * config.hiddenSize());
            assertRefused("the model takes up to " + longest, model, new int[longest + 1]);
            assertRefused("token id " + vocabulary, model, new int[] {1, vocabulary});
            assertRefused("token id -1", model, new int[] {-1});
        }
        try (Encoder encoder =
                new PooledEncoder(Models.transformer(config, new RandomWeights(8), backend), Pooling.MEAN, backend)) {
            assertThat(encoder.dimension()).isEqualTo(config.hiddenSize());
            assertThat(encoder.maxPositions()).isEqualTo(longest);
            assertThatThrownBy(() -> encoder.embed(TinyModels.pack(new int[0], new int[] {1})))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("sequence 0 has no token");
        }
    }

    private void assertRefused(String message, Transformer model, int[] ids) {
        assertThatThrownBy(() -> model.forward(TinyModels.pack(ids), AttentionListener.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    private static List<Integer> range(int end) {
        List<Integer> range = new ArrayList<>();
        for (int i = 0; i < end; i++) {
            range.add(i);
        }
        return range;
    }

    private static float[] forward(Transformer model, PackedBatch batch) {
        try (Tensor states = model.forward(batch, AttentionListener.NONE)) {
            return states.toArray();
        }
    }

    /** To within 1e-4 of the layer's largest state. */
    private static void requireClose(int layer, float[] actual, float[] expected) {
        double largest = 0;
        for (float state : expected) {
            largest = Math.max(largest, Math.abs(state));
        }
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i])
                    .as("layer %d, element %d", layer, i)
                    .isCloseTo(expected[i], within(1e-4 * largest));
        }
    }
}
