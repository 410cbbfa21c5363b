package io.varlen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.Tokenizer;
import io.varlen.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The built-in model against PyTorch. */
class GoldenEmbeddingsTest {
    private static final int DIMENSION = GoldenEmbeddings.DIMENSION;
    private static final int MAX_LENGTH = 512;

    private static Backend backend;
    private static ModelFiles files;
    private static Encoder encoder;

    @BeforeAll
    static void load() {
        backend = Backends.open(Backends.AUTO, 2);
        files = ModelFiles.builtin(null);
        encoder = Models.encoder(files, backend);
    }

    @AfterAll
    static void close() {
        encoder.close();
        backend.close();
    }

    @Test
    void everyTextHasPyTorchsEmbedding() throws IOException {
        List<JsonNode> texts = GoldenEmbeddings.lines("texts.jsonl");
        List<float[]> expected = GoldenEmbeddings.rows("embeddings.f32");
        assertThat(texts).hasSameSizeAs(expected).hasSizeGreaterThan(100);
        float[] embeddings = encoder.embed(
                TinyModels.pack(texts.stream().map(GoldenEmbeddings::ids).toArray(int[][]::new)));
        for (int i = 0; i < texts.size(); i++) {
            requireSame(texts.get(i), row(embeddings, i), expected.get(i));
        }
    }

    /** Of products in bf16 the golden set asks less, and a text alone has the same bits as in company all the same. */
    @Test
    void inBf16EveryTextIsCloseAndTheSameInAnyCompany() throws IOException {
        List<JsonNode> texts = GoldenEmbeddings.lines("texts.jsonl");
        List<float[]> expected = GoldenEmbeddings.rows("embeddings.f32");
        try (Backend half = Backends.open(Backends.AUTO, 2, Dtype.AUTO)) {
            if (half.dtype() == Dtype.FP32) {
                assertThat(System.getProperty("varlen.test.require", "")).doesNotContain("bf16");
                abort("no bf16: " + half.description());
            }
            try (Encoder narrow = Models.encoder(files, half)) {
                int[][] ids = texts.stream().map(GoldenEmbeddings::ids).toArray(int[][]::new);
                float[] together = narrow.embed(TinyModels.pack(ids));
                for (int i = 0; i < ids.length; i++) {
                    assertThat(GoldenEmbeddings.cosine(row(together, i), expected.get(i)))
                            .as("text %s", texts.get(i).get("id"))
                            .isBetween(0.999, 0.999999999);
                    if (i % 10 == 0) {
                        assertThat(narrow.embed(TinyModels.pack(ids[i]))).containsExactly(row(together, i));
                    }
                }
            }
        }
    }

    @Test
    void longTextsHavePyTorchsEmbeddingsTruncatedAndInChunks() throws IOException {
        List<JsonNode> texts = GoldenEmbeddings.lines("long.jsonl");
        List<float[]> truncated = GoldenEmbeddings.rows("long_truncate.f32");
        List<float[]> chunked = GoldenEmbeddings.rows("long_chunks.f32");
        assertThat(texts).hasSameSizeAs(truncated).hasSameSizeAs(chunked).isNotEmpty();
        try (Tokenizer tokenizer = Tokenizers.open(files.tokenizer())) {
            for (int i = 0; i < texts.size(); i++) {
                int[] ids = encode(tokenizer, texts.get(i).get("text").textValue());
                assertThat(ids.length + 2)
                        .isEqualTo(texts.get(i).get("n_tokens").intValue());
                List<int[]> chunks = chunks(tokenizer, ids);
                float[] embeddings = encoder.embed(TinyModels.pack(chunks.toArray(int[][]::new)));
                requireSame(texts.get(i), row(embeddings, 0), truncated.get(i));
                float[] sum = new float[DIMENSION];
                for (int c = 0; c < chunks.size(); c++) {
                    for (int d = 0; d < DIMENSION; d++) {
                        sum[d] += embeddings[c * DIMENSION + d] * (chunks.get(c).length - 2);
                    }
                }
                requireSame(texts.get(i), sum, chunked.get(i));
            }
        }
    }

    /** The cosine does not tell whether a vector is scaled. */
    private static void requireSame(JsonNode text, float[] embedding, float[] expected) {
        assertThat(GoldenEmbeddings.cosine(embedding, expected))
                .as("text %s", text.get("id"))
                .isGreaterThanOrEqualTo(0.99999);
    }

    private static float[] row(float[] embeddings, int row) {
        return Arrays.copyOfRange(embeddings, row * DIMENSION, (row + 1) * DIMENSION);
    }

    private static int[] encode(Tokenizer tokenizer, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        TokenBuffer ids = new TokenBuffer();
        tokenizer.encode(utf8, 0, utf8.length, ids);
        return ids.toArray();
    }

    /** Each a complete input; the first is also the truncated text. */
    private static List<int[]> chunks(Tokenizer tokenizer, int[] ids) {
        int room = MAX_LENGTH - tokenizer.specialTokens().count();
        List<int[]> chunks = new ArrayList<>();
        for (int from = 0; from < ids.length; from += room) {
            TokenBuffer chunk = new TokenBuffer();
            chunk.addAll(tokenizer.specialTokens().prefix());
            chunk.addAll(Arrays.copyOfRange(ids, from, Math.min(from + room, ids.length)));
            chunk.addAll(tokenizer.specialTokens().suffix());
            chunks.add(chunk.toArray());
        }
        return chunks;
    }
}
