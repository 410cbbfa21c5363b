package io.varlen.spark.frame;

import io.varlen.attention.AttentionTrace;
import io.varlen.model.Encoder;
import io.varlen.spark.embedding.DocumentEmbedder;
import io.varlen.spark.embedding.DocumentEmbedding;
import io.varlen.spark.embedding.ModelInput;
import io.varlen.spark.embedding.VectorForm;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.engine.TaskModel;
import io.varlen.spark.inference.DocumentIds;
import io.varlen.spark.job.EmbedSetup;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Documents → embeddings, row by row, as the job gives them. */
final class FrameEmbedder {
    private static final StructType ADDED = new StructType()
            .add("n_tokens", DataTypes.LongType, true)
            .add("truncated_tokens", DataTypes.LongType, true)
            .add("embedding", DataTypes.createArrayType(DataTypes.FloatType, false), true);

    private FrameEmbedder() {}

    static Dataset<Row> embed(Dataset<Row> rows, Map<String, String> given) {
        RowComputation computation = new RowComputation(FrameJob.EMBED, rows, given);
        EmbedSetup setup =
                EmbedSetup.of(computation.session(), computation.options().embed(computation.input(), "", false));
        return computation.compute(
                ADDED,
                setup.tokenizer(),
                setup.prompt(),
                setup.input().special(),
                setup.vocabularySize(),
                new Kernel(setup.model(), setup.input(), setup.form()));
    }

    private record Kernel(TaskModel model, ModelInput input, VectorForm form)
            implements RowComputation.Kernel<DocumentEmbedding> {
        @Override
        public OrderedRows.Batches open(Consumer<DocumentEmbedding> out) {
            Engine engine = Engine.get();
            Encoder encoder = engine.encoder(model.reference(), model.compute());
            DocumentEmbedder embedder =
                    new DocumentEmbedder(encoder, input, form, model.batchTokens(engine), AttentionTrace.OFF, out);
            return new OrderedRows.Batches() {
                @Override
                public void add(DocumentIds document) {
                    embedder.add(document);
                }

                @Override
                public void finish() {
                    embedder.finish();
                }
            };
        }

        @Override
        public Object[] columns(DocumentEmbedding row) {
            return new Object[] {row.nTokens(), row.truncatedTokens(), row.embedding()};
        }
    }
}
