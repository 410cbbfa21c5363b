package io.varlen.spark.embedding;

import io.varlen.attention.AttentionTrace;
import io.varlen.model.Encoder;
import io.varlen.spark.inference.DocumentIds;
import io.varlen.spark.inference.PromptedText;
import io.varlen.spark.metrics.TaskMetrics;
import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Texts in memory → vectors, by the way of the job: the same bits. Not safe for concurrent use.
 *
 * @param prompt stands before each text when it is tokenized; "" for none
 * @param input how texts become inputs of the model
 * @param form what becomes of pooled vectors
 * @param tokenBudget tokens per batch
 */
public record TextEmbedder(
        Encoder encoder, Tokenizer tokenizer, String prompt, ModelInput input, VectorForm form, int tokenBudget) {
    /**
     * One vector per text, in their order; null for null, and for a text without a token at all.
     *
     * @param texts valid UTF-8
     */
    public float[][] embed(byte[][] texts) {
        List<float[]> vectors = new ArrayList<>();
        DocumentEmbedder embedder = new DocumentEmbedder(
                encoder, input, form, tokenBudget, AttentionTrace.OFF, row -> vectors.add(row.embedding()));
        byte[] before = prompt.getBytes(StandardCharsets.UTF_8);
        TokenBuffer ids = new TokenBuffer();
        for (int i = 0; i < texts.length; i++) {
            if (texts[i] != null) {
                byte[] text = PromptedText.of(before, texts[i]);
                long began = System.nanoTime();
                ids.clear();
                tokenizer.encode(text, 0, text.length, ids);
                TaskMetrics.current().tokenized(System.nanoTime() - began);
                embedder.add(new DocumentIds("element " + i, ids.toArray()));
            }
        }
        embedder.finish();
        float[][] all = new float[texts.length][];
        for (int i = 0, next = 0; i < all.length; i++) {
            all[i] = texts[i] == null ? null : vectors.get(next++);
        }
        return all;
    }
}
