package io.varlen.spark.frame;

import io.varlen.packing.SpecialTokensPolicy;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.inference.DocumentIds;
import io.varlen.spark.metrics.TaskMetrics;
import io.varlen.tokenizer.SpecialTokens;
import io.varlen.tokenizer.TokenizerSource;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Text → token ids, row by row. */
final class FrameTokenizer {
    static final StructType ADDED =
            new StructType().add("input_ids", DataTypes.createArrayType(DataTypes.IntegerType, false), true);

    private FrameTokenizer() {}

    static Dataset<Row> tokenize(Dataset<Row> rows, Map<String, String> given) {
        FrameJob job = FrameJob.TOKENIZE;
        RowComputation computation = new RowComputation(job, rows, given);
        TokenizerSource source = Engine.get()
                .tokenizerSource(new OptionValues(job, job.named(given, job.rowOptions())).required("tokenizer"));
        SpecialTokens special = Engine.get().tokenizer(source).specialTokens();
        Kernel kernel = new Kernel(special, computation.options().specialTokens());
        return computation.compute(ADDED, source, "", special, Integer.MAX_VALUE, kernel);
    }

    private record Kernel(SpecialTokens special, SpecialTokensPolicy policy) implements RowComputation.Kernel<int[]> {
        @Override
        public OrderedRows.Batches open(Consumer<int[]> out) {
            return new OrderedRows.Batches() {
                @Override
                public void add(DocumentIds document) {
                    int[] text = document.ids();
                    int[] ids = policy.sequenceOf(text, 0, text.length, special, Integer.MAX_VALUE);
                    TaskMetrics.current().tokens(ids.length);
                    TaskMetrics.current().rows(1);
                    out.accept(ids);
                }

                @Override
                public void finish() {}
            };
        }

        @Override
        public Object[] columns(int[] ids) {
            return new Object[] {ids};
        }
    }
}
