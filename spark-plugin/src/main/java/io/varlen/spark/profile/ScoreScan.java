package io.varlen.spark.profile;

import io.varlen.spark.dataset.JobOutput;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;

/** Reads scores. */
final class ScoreScan {
    private static final StructType PERPLEXITIES = StructType.fromDDL("n_tokens BIGINT, perplexity DOUBLE");
    private static final StructType NAMED = StructType.fromDDL("doc_id STRING, perplexity DOUBLE");

    private ScoreScan() {}

    /** @param named how many documents are told by their ids, of either end */
    static ScoreContent of(SparkSession session, JobOutput output, int named) {
        PartRows rows = new PartRows(session, output);
        Perplexities all = rows.sum(PERPLEXITIES, Perplexities::new);
        Column perplexity = functions.col("perplexity");
        Dataset<Row> scored = rows.select(NAMED).where(perplexity.isNotNull().and(perplexity.notEqual(Double.NaN)));
        return new ScoreContent(
                all.tokens.distribution(),
                all.perplexities.distribution(),
                all.notFinite,
                all.unscored,
                NamedValues.first(scored, perplexity.asc(), perplexity, named),
                NamedValues.first(scored, perplexity.desc(), perplexity, named));
    }

    /** What perplexities are like. */
    private static final class Perplexities implements PartRows.Sums<Perplexities> {
        private final ValueCounter tokens = new ValueCounter();
        private final ValueCounter perplexities = new ValueCounter();
        private long notFinite;
        private long unscored;

        @Override
        public void add(Row row) {
            tokens.add(row.getLong(0));
            if (row.isNullAt(1)) {
                unscored++;
            } else if (Double.isFinite(row.getDouble(1))) {
                perplexities.add(row.getDouble(1));
            } else {
                notFinite++;
            }
        }

        @Override
        public Perplexities merge(Perplexities other) {
            tokens.merge(other.tokens);
            perplexities.merge(other.perplexities);
            notFinite += other.notFinite;
            unscored += other.unscored;
            return this;
        }
    }
}
