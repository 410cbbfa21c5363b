package io.varlen.spark.scoring;

import io.varlen.attention.AttentionTrace;
import io.varlen.model.CausalLm;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.engine.TaskModel;
import io.varlen.spark.inference.CountedRows;
import io.varlen.spark.inference.DocumentIds;
import io.varlen.spark.inference.JobTrace;
import io.varlen.spark.inference.ParquetRows;
import io.varlen.spark.inference.UnitWork;
import io.varlen.spark.internal.Json;
import io.varlen.tokenizer.SpecialTokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/**
 * Scores the documents of one unit and writes them, in a task.
 *
 * @param model found again on the executor
 * @param special surround the text of every document
 * @param windows in which documents are scored
 * @param staging where the unit is written
 * @param trace told of the first batches
 */
public record UnitScorer(TaskModel model, SpecialTokens special, ScoreWindows windows, Staging staging, JobTrace trace)
        implements UnitWork<DocumentIds> {

    private static final MessageType SCHEMA = MessageTypeParser.parseMessageType("""
            message scores {
              required binary doc_id (STRING);
              required int64 n_tokens;
              required int64 n_scored;
              required double nll;
              optional double perplexity;
            }
            """);

    /**
     * What a unit remembers.
     *
     * @param backend the name of the one that computed it
     */
    public record Outcome(ScoreCounts counts, String backend) {
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

    /** Scores all of {@code documents} as one unit. */
    @Override
    public void run(int unit, Iterator<DocumentIds> documents) throws IOException {
        Engine engine = Engine.get();
        try (Staging.Unit attempt = staging.begin(unit);
                JobTrace.Part traced = trace.part(() -> engine.backend(model.compute()))) {
            ScoreCounts counts = write(attempt, engine, documents, traced.attention());
            Outcome outcome = new Outcome(counts, engine.report(model.compute()).backend());
            attempt.complete(counts.documents(), outcome.toJson());
        }
    }

    private ScoreCounts write(
            Staging.Unit attempt, Engine engine, Iterator<DocumentIds> documents, AttentionTrace attention)
            throws IOException {
        try (ParquetWriter<DocumentScore> writer = ParquetRows.writer(attempt.parquet(), SCHEMA, UnitScorer::columns)) {
            CountedRows<DocumentScore, ScoreCounts> rows =
                    new CountedRows<>(writer, ScoreCounts.NONE, ScoreCounts::plus);
            CausalLm lm = engine.causalLm(model.reference(), model.compute());
            int tokens = model.batchTokens(engine);
            DocumentScorer scorer = new DocumentScorer(lm, special, windows, tokens, attention, rows);
            while (documents.hasNext()) {
                scorer.add(documents.next());
            }
            scorer.finish();
            return rows.counts().withEncodedTokens(scorer.encodedTokens());
        }
    }

    private static void columns(DocumentScore row, ParquetRows out) {
        out.add(row.docId())
                .add(row.nTokens())
                .add(row.nScored())
                .add(row.nll())
                .add(row.perplexity());
    }
}
