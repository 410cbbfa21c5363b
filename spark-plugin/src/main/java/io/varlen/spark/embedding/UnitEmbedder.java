package io.varlen.spark.embedding;

import io.varlen.attention.AttentionTrace;
import io.varlen.model.Encoder;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.engine.TaskModel;
import io.varlen.spark.inference.CountedRows;
import io.varlen.spark.inference.DocumentIds;
import io.varlen.spark.inference.JobTrace;
import io.varlen.spark.inference.UnitWork;
import io.varlen.spark.internal.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import org.apache.parquet.hadoop.ParquetWriter;

/**
 * Embeds the documents of one unit and writes them, in a task.
 *
 * @param model found again on the executor
 * @param input how texts become inputs of the model
 * @param form what becomes of pooled vectors
 * @param staging where the unit is written
 * @param trace told of the first batches
 */
public record UnitEmbedder(TaskModel model, ModelInput input, VectorForm form, Staging staging, JobTrace trace)
        implements UnitWork<DocumentIds> {

    /**
     * What a unit remembers.
     *
     * @param backend the name of the one that computed it
     */
    public record Outcome(EmbeddingCounts counts, String backend) {
        /** The inverse of {@link #toJson}. */
        public static Outcome ofJson(String json) {
            try {
                return Json.read(json, Outcome.class);
            } catch (IOException e) {
                throw new UncheckedIOException("the details of a unit are damaged: " + json, e);
            }
        }

        String toJson() {
            return Json.line(this);
        }
    }

    /** Embeds all of {@code documents} as one unit. */
    @Override
    public void run(int unit, Iterator<DocumentIds> documents) throws IOException {
        Engine engine = Engine.get();
        try (Staging.Unit attempt = staging.begin(unit);
                JobTrace.Part traced = trace.part(() -> engine.backend(model.compute()))) {
            EmbeddingCounts counts = write(attempt, engine, documents, traced.attention());
            Outcome outcome = new Outcome(counts, engine.report(model.compute()).backend());
            attempt.complete(counts.documents(), outcome.toJson());
        }
    }

    private EmbeddingCounts write(
            Staging.Unit attempt, Engine engine, Iterator<DocumentIds> documents, AttentionTrace attention)
            throws IOException {
        try (ParquetWriter<DocumentEmbedding> writer = EmbeddingParquet.writer(attempt.parquet())) {
            CountedRows<DocumentEmbedding, EmbeddingCounts> rows =
                    new CountedRows<>(writer, EmbeddingCounts.NONE, EmbeddingCounts::plus);
            Encoder encoder = engine.encoder(model.reference(), model.compute());
            int tokens = model.batchTokens(engine);
            DocumentEmbedder embedder = new DocumentEmbedder(encoder, input, form, tokens, attention, rows);
            while (documents.hasNext()) {
                embedder.add(documents.next());
            }
            embedder.finish();
            return rows.counts().withEncodedTokens(embedder.encodedTokens());
        }
    }
}
