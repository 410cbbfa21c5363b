package io.varlen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Pooling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PooledEncoderTest {
    @TempDir
    private Path temp;

    private final Backend backend = Backends.open("cpu", 1);

    @AfterEach
    void close() {
        backend.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "roberta", "qwen3"})
    void poolsAsEachModeSays(String name) throws IOException {
        int[][] sequences = TinyModels.sequences(name);
        float[][][] expected = TinyModels.hiddenStates(name);
        ModelFiles files = ModelFiles.open(TinyModels.folder(name, temp));
        int hidden = files.config().hiddenSize();
        for (Pooling pooling : Pooling.values()) {
            try (Encoder encoder = new PooledEncoder(Models.transformer(files, backend), pooling, backend)) {
                float[] vectors = encoder.embed(TinyModels.pack(sequences));
                assertThat(vectors).hasSize(sequences.length * hidden);
                for (int i = 0; i < sequences.length; i++) {
                    float[] last = expected[i][files.config().layers()];
                    for (int c = 0; c < hidden; c++) {
                        int column = c;
                        double pooled = pooled(pooling, sequences[i].length, t -> last[t * hidden + column]);
                        assertThat((double) vectors[i * hidden + c])
                                .as(pooling.name())
                                .isCloseTo(pooled, within(2e-4));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "qwen3"})
    void aVectorHasTheSameBitsAloneAndInCompany(String name) throws IOException {
        int[][] sequences = TinyModels.sequences(name);
        ModelFiles files = ModelFiles.open(TinyModels.folder(name, temp));
        for (Pooling pooling : Pooling.values()) {
            try (Encoder encoder = new PooledEncoder(Models.transformer(files, backend), pooling, backend)) {
                float[] together = encoder.embed(TinyModels.pack(sequences));
                for (int i = 0; i < sequences.length; i++) {
                    int from = i * encoder.dimension();
                    assertThat(encoder.embed(TinyModels.pack(sequences[i])))
                            .as(pooling.name())
                            .containsExactly(Arrays.copyOfRange(together, from, from + encoder.dimension()));
                }
            }
        }
    }

    private static double pooled(Pooling pooling, int tokens, IntToDoubleFunction state) {
        double sum =
                IntStream.range(0, tokens).mapToDouble(state::applyAsDouble).sum();
        return switch (pooling) {
            case MEAN -> sum / tokens;
            case MEAN_SQRT_LENGTH -> sum / Math.sqrt(tokens);
            case CLS -> state.applyAsDouble(0);
            case LAST_TOKEN -> state.applyAsDouble(tokens - 1);
            case MAX ->
                IntStream.range(0, tokens)
                        .mapToDouble(state::applyAsDouble)
                        .max()
                        .orElseThrow();
            case WEIGHTED_MEAN ->
                IntStream.range(0, tokens)
                                .mapToDouble(t -> (t + 1) * state.applyAsDouble(t))
                                .sum()
                        / IntStream.range(0, tokens).mapToDouble(t -> t + 1).sum();
        };
    }
}
