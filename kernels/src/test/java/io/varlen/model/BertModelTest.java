package io.varlen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.varlen.attention.Activation;
import io.varlen.attention.AttentionListener;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Pooling;
import io.varlen.sequence.CuSeqlens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BertModelTest {
    @TempDir
    private Path temp;

    private final Backend backend = Backends.open("cpu", 1);

    @AfterEach
    void close() {
        backend.close();
    }

    /** A model that is cut behind a layer computes that layer's hidden states. */
    @ParameterizedTest
    @ValueSource(strings = {"bert", "roberta"})
    void everyLayersHiddenStatesAreThoseOfPyTorch(String name) throws IOException {
        int[][] sequences = TinyModels.sequences(name);
        float[][][] expected = TinyModels.hiddenStates(name);
        for (int layers = 1; layers <= TinyModels.LAYERS; layers++) {
            try (Transformer model =
                    Models.transformer(ModelFiles.open(withLayers(TinyModels.folder(name, temp), layers)), backend)) {
                float[] states = model.forward(TinyModels.pack(sequences), AttentionListener.NONE)
                        .toArray();
                int at = 0;
                for (int i = 0; i < sequences.length; i++) {
                    requireClose(Arrays.copyOfRange(states, at, at + expected[i][layers].length), expected[i][layers]);
                    at += expected[i][layers].length;
                }
                assertThat(at).isEqualTo(states.length);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "roberta"})
    void poolsTheMeanOrTheFirstToken(String name) throws IOException {
        int[][] sequences = TinyModels.sequences(name);
        float[][][] expected = TinyModels.hiddenStates(name);
        Path folder = TinyModels.folder(name, temp);
        try (Encoder mean = load(folder, Pooling.MEAN);
                Encoder cls = load(folder, Pooling.CLS)) {
            float[] means = mean.embed(TinyModels.pack(sequences));
            float[] firsts = cls.embed(TinyModels.pack(sequences));
            assertThat(means).hasSize(sequences.length * TinyModels.HIDDEN);
            for (int i = 0; i < sequences.length; i++) {
                for (int c = 0; c < TinyModels.HIDDEN; c++) {
                    float[] last = expected[i][TinyModels.LAYERS];
                    double sum = 0;
                    for (int t = 0; t < sequences[i].length; t++) {
                        sum += last[t * TinyModels.HIDDEN + c];
                    }
                    assertThat((double) means[i * TinyModels.HIDDEN + c])
                            .isCloseTo(sum / sequences[i].length, within(1e-4));
                    assertThat(firsts[i * TinyModels.HIDDEN + c]).isCloseTo(last[c], within(1e-4f));
                }
            }
        }
    }

    /** Every length from 1 to 300, each at a random offset in random company. */
    @Test
    void aSequenceHasTheSameBitsAloneAndInAnyCompany() {
        BertConfig config = new BertConfig("bert", 50, 16, 2, 2, 32, Activation.GELU, 300, 0, 2, 1e-12f);
        BertWeights weights = BertWeights.load(config, new RandomWeights(8), backend);
        try (Encoder encoder = new PooledEncoder(new BertModel(config, weights, backend), Pooling.MEAN, backend)) {
            for (int length = 1; length <= 300; length++) {
                Random dice = new Random(length);
                int[] mine = dice.ints(length, 0, 50).toArray();
                int[][] company = new int[1 + dice.nextInt(5)][];
                Arrays.setAll(
                        company, i -> dice.ints(1 + dice.nextInt(120), 0, 50).toArray());
                int at = dice.nextInt(company.length);
                company[at] = mine;
                float[] alone = encoder.embed(TinyModels.pack(mine));
                float[] together = encoder.embed(TinyModels.pack(company));
                assertThat(Arrays.copyOfRange(together, at * 16, (at + 1) * 16))
                        .as("length %d as number %d of %d", length, at, company.length)
                        .containsExactly(alone);
            }
        }
    }

    @Test
    void whatIsNotFiniteStaysInItsSequence() {
        BertConfig config = new BertConfig("bert", 50, 16, 2, 2, 32, Activation.GELU, 80, 0, 2, 1e-12f);
        RandomWeights source = new RandomWeights(8);
        source.poisonRow("embeddings.word_embeddings.weight", 49, 16);
        BertWeights weights = BertWeights.load(config, source, backend);
        try (Encoder encoder = new PooledEncoder(new BertModel(config, weights, backend), Pooling.MEAN, backend)) {
            int[] poisoned = {1, 49, 2};
            int[] clean = new Random(1).ints(70, 0, 49).toArray();
            float[] alone = encoder.embed(TinyModels.pack(clean));
            float[] together = encoder.embed(TinyModels.pack(poisoned, clean, poisoned));
            assertThat(together[0]).isNaN();
            assertThat(Arrays.copyOfRange(together, 16, 32)).containsExactly(alone);
        }
    }

    @Test
    void refusesWhatItCannotEmbed() throws IOException {
        try (Encoder encoder = load(TinyModels.folder("bert", temp), Pooling.MEAN)) {
            assertThat(encoder.dimension()).isEqualTo(24);
            assertThat(encoder.maxPositions()).isEqualTo(64);
            assertThat(encoder.embed(new PackedBatch(new int[0], CuSeqlens.ofLengths())))
                    .isEmpty();
            assertRefused("sequence 0 has no token", () -> encoder.embed(TinyModels.pack(new int[0], new int[] {1})));
            assertRefused("has 65 tokens; the model takes up to 64", () -> encoder.embed(TinyModels.pack(new int[65])));
            assertRefused("token id 90", () -> encoder.embed(TinyModels.pack(new int[] {1, 90})));
            assertRefused("token id -1", () -> encoder.embed(TinyModels.pack(new int[] {-1})));
        }
    }

    private static void assertRefused(String message, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }

    private Encoder load(Path folder, Pooling pooling) {
        return new PooledEncoder(Models.transformer(ModelFiles.open(folder), backend), pooling, backend);
    }

    private static Path withLayers(Path folder, int layers) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        Path config = folder.resolve("config.json");
        ObjectNode json = (ObjectNode) mapper.readTree(config.toFile());
        Files.writeString(config, json.put("num_hidden_layers", layers).toString());
        return folder;
    }

    /** To within 1e-4 of the layer's largest state. */
    private static void requireClose(float[] actual, float[] expected) {
        double largest = 0;
        for (float state : expected) {
            largest = Math.max(largest, Math.abs(state));
        }
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i]).isCloseTo(expected[i], within(1e-4 * largest));
        }
    }

    /** Some value for every name and shape. */
    private static final class RandomWeights implements Weights {
        private final long seed;
        private String poisonedName;
        private int poisonedRow;
        private int poisonedColumns;

        RandomWeights(long seed) {
            this.seed = seed;
        }

        void poisonRow(String name, int row, int columns) {
            poisonedName = name;
            poisonedRow = row;
            poisonedColumns = columns;
        }

        @Override
        public boolean contains(String name) {
            return true;
        }

        @Override
        public float[] read(String name, int... shape) {
            Random dice = new Random(seed + name.hashCode());
            float[] elements = new float[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
            for (int i = 0; i < elements.length; i++) {
                elements[i] = (float) dice.nextGaussian() * 0.4f;
            }
            if (name.equals(poisonedName)) {
                Arrays.fill(elements, poisonedRow * poisonedColumns, (poisonedRow + 1) * poisonedColumns, Float.NaN);
            }
            return elements;
        }

        @Override
        public void close() {}
    }
}
