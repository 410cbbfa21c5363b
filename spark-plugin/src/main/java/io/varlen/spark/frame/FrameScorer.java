package io.varlen.spark.frame;

import io.varlen.attention.AttentionTrace;
import io.varlen.model.CausalLm;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.engine.TaskModel;
import io.varlen.spark.inference.DocumentIds;
import io.varlen.spark.job.ScoreSetup;
import io.varlen.spark.scoring.DocumentScore;
import io.varlen.spark.scoring.DocumentScorer;
import io.varlen.spark.scoring.ScoreWindows;
import io.varlen.tokenizer.SpecialTokens;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Documents → how likely a language model finds them, row by row, as the job says it. */
final class FrameScorer {
    private static final StructType ADDED = new StructType()
            .add("n_tokens", DataTypes.LongType, true)
            .add("n_scored", DataTypes.LongType, true)
            .add("nll", DataTypes.DoubleType, true)
            .add("perplexity", DataTypes.DoubleType, true);

    private FrameScorer() {}

    static Dataset<Row> score(Dataset<Row> rows, Map<String, String> given) {
        RowComputation computation = new RowComputation(FrameJob.SCORE, rows, given);
        ScoreSetup setup =
                ScoreSetup.of(computation.session(), computation.options().score(computation.input(), "", false));
        return computation.compute(
                ADDED,
                setup.tokenizer(),
                "",
                setup.special(),
                setup.vocabularySize(),
                new Kernel(setup.model(), setup.special(), setup.windows()));
    }

    private record Kernel(TaskModel model, SpecialTokens special, ScoreWindows windows)
            implements RowComputation.Kernel<DocumentScore> {
        @Override
        public OrderedRows.Batches open(Consumer<DocumentScore> out) {
            Engine engine = Engine.get();
            CausalLm lm = engine.causalLm(model.reference(), model.compute());
            DocumentScorer scorer =
                    new DocumentScorer(lm, special, windows, model.batchTokens(engine), AttentionTrace.OFF, out);
            return new OrderedRows.Batches() {
                @Override
                public void add(DocumentIds document) {
                    scorer.add(document);
                }

                @Override
                public void finish() {
                    scorer.finish();
                }
            };
        }

        @Override
        public Object[] columns(DocumentScore row) {
            return new Object[] {row.nTokens(), row.nScored(), row.nll(), row.perplexity()};
        }
    }
}
