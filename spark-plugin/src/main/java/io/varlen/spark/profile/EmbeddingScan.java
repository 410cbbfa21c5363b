package io.varlen.spark.profile;

import io.varlen.spark.dataset.JobOutput;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;

/** Reads embeddings. */
final class EmbeddingScan {
    private static final StructType SIZES = StructType.fromDDL("doc_id STRING, n_tokens BIGINT");
    private static final StructType VECTORS =
            StructType.fromDDL("n_tokens BIGINT, truncated_tokens BIGINT, embedding ARRAY<FLOAT>");

    private EmbeddingScan() {}

    /** @param named how many documents are told by their ids */
    static EmbeddingContent of(SparkSession session, JobOutput output, int named) {
        PartRows rows = new PartRows(session, output);
        Vectors vectors = rows.sum(VECTORS, Vectors::new);
        return new EmbeddingContent(
                vectors.tokens.distribution(),
                vectors.cut.distribution(),
                vectors.norms.distribution(),
                vectors.notFinite,
                vectors.withoutVector,
                NamedValues.first(
                        rows.select(SIZES),
                        functions.col("n_tokens").desc(),
                        functions.col("n_tokens").cast("double"),
                        named));
    }

    /** What vectors are like. */
    private static final class Vectors implements PartRows.Sums<Vectors> {
        private final ValueCounter tokens = new ValueCounter();
        private final ValueCounter cut = new ValueCounter();
        private final ValueCounter norms = new ValueCounter();
        private long notFinite;
        private long withoutVector;

        @Override
        public void add(Row row) {
            tokens.add(row.getLong(0));
            if (row.getLong(1) > 0) {
                cut.add(row.getLong(1));
            }
            if (row.isNullAt(2)) {
                withoutVector++;
                return;
            }
            double squares = 0;
            for (Float element : row.<Float>getList(2)) {
                squares += (double) element * element;
            }
            if (Double.isFinite(squares)) {
                norms.add(Math.sqrt(squares));
            } else {
                notFinite++;
            }
        }

        @Override
        public Vectors merge(Vectors other) {
            tokens.merge(other.tokens);
            cut.merge(other.cut);
            norms.merge(other.norms);
            notFinite += other.notFinite;
            withoutVector += other.withoutVector;
            return this;
        }
    }
}
