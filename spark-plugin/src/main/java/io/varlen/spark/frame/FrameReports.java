package io.varlen.spark.frame;

import io.varlen.InvalidInputException;
import io.varlen.packing.LengthHistogram;
import io.varlen.packing.PackingForecast;
import io.varlen.packing.PackingRules;
import io.varlen.spark.job.Finding;
import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.PlanJob;
import io.varlen.spark.job.PlanOptions;
import io.varlen.spark.job.VerifyJob;
import io.varlen.spark.job.VerifyOptions;
import io.varlen.spark.job.VerifyReport;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** What {@code plan} and {@code verify} have to tell, as rows whose columns are the figures that {@code --json} prints. */
public final class FrameReports {
    /** Of {@link #plan}: a row for each way to pack. */
    public static final StructType PLAN = new StructType()
            .add("seq_len", DataTypes.IntegerType, false)
            .add("strategy", DataTypes.StringType, false)
            .add("sampled", DataTypes.BooleanType, false)
            .add("rows", DataTypes.LongType, false)
            .add("packed_tokens", DataTypes.LongType, false)
            .add("padding_tokens", DataTypes.LongType, false)
            .add("efficiency", DataTypes.DoubleType, false)
            .add("segments", DataTypes.LongType, false)
            .add("segments_per_row", DataTypes.DoubleType, false)
            .add("largest_segments_per_row", DataTypes.IntegerType, false)
            .add("split_documents", DataTypes.LongType, false)
            .add("dropped_documents", DataTypes.LongType, false)
            .add("repeated_tokens", DataTypes.LongType, false)
            .add("lost_tokens", DataTypes.LongType, false)
            .add("squared_length", DataTypes.DoubleType, false)
            .add("squared_length_per_row", DataTypes.DoubleType, false)
            .add("largest_squared_length_per_row", DataTypes.LongType, false);

    /** Of {@link #verify}: one row. {@code damaged} is 0 if the dataset is sound; each of {@code findings} is a line. */
    public static final StructType VERIFY = new StructType()
            .add("rows", DataTypes.LongType, false)
            .add("seq_len", DataTypes.IntegerType, false)
            .add("packed_documents", DataTypes.LongType, false)
            .add("segments", DataTypes.LongType, false)
            .add("packed_tokens", DataTypes.LongType, false)
            .add("padding_tokens", DataTypes.LongType, false)
            .add("digest", DataTypes.StringType, false)
            .add("parts", DataTypes.IntegerType, false)
            .add("damaged", DataTypes.LongType, false)
            .add("findings", DataTypes.createArrayType(DataTypes.StringType, false), false)
            .add("seconds", DataTypes.DoubleType, false)
            .add("tokens_per_second", DataTypes.LongType, false);

    private FrameReports() {}

    /**
     * What packing a packed dataset in other ways would give, from its manifest alone.
     *
     * @param folder of a packed dataset
     * @param given {@code seq-len} and {@code strategy}, each maybe several with commas between them, and what else bounds a row
     * @throws InvalidInputException if the folder is not a packed dataset, or an option is none
     */
    public static List<Row> plan(SparkSession session, String folder, Map<String, String> given) {
        OptionValues values = new OptionValues(FrameJob.PLAN, FrameJob.PLAN.named(given, FrameJob.PLAN.jobOptions()));
        PlanOptions options = new PlanOptions(folder, new FrameOptions(values).candidates());
        return rows(new PlanJob(session, options).run().forecasts());
    }

    /**
     * What packing the documents of a DataFrame would give. They are tokenized once, now.
     *
     * @param given besides, {@code tokenizer} and the options of {@code tokenize}
     * @throws InvalidInputException if documents, tokenizer or options are not as they must be
     */
    public static List<Row> plan(Dataset<Row> documents, Map<String, String> given) {
        Map<String, String> named = FrameJob.PLAN.named(given, FrameJob.PLAN.rowOptions());
        FrameOptions options = new FrameOptions(new OptionValues(FrameJob.PLAN, named));
        List<PackingRules> candidates = options.candidates();
        String text = options.columns().first();
        Map<String, String> tokenizing = new HashMap<>(named);
        tokenizing.keySet().retainAll(FrameJob.TOKENIZE.rowOptions());
        Dataset<Row> texts = documents.select(
                new DocumentTable(documents).text(text, "text-column").as(text));
        Dataset<Row> lengths = FrameTokenizer.tokenize(texts, tokenizing)
                .groupBy(functions.size(functions.col("input_ids")).as("length"))
                .count();
        LengthHistogram histogram = new LengthHistogram();
        for (Row row : lengths.filter("length > 0").collectAsList()) {
            histogram.add(row.getInt(0), row.getLong(1));
        }
        return rows(candidates.stream()
                .map(rules -> PackingForecast.of(histogram, rules))
                .toList());
    }

    private static List<Row> rows(List<PackingForecast> forecasts) {
        return forecasts.stream()
                .map(forecast -> row(PLAN, PlanJob.figures(forecast)))
                .toList();
    }

    /**
     * Checks every row of a packed dataset, now.
     *
     * @param given {@code list}: how many findings to list
     * @throws InvalidInputException if the folder is not a packed dataset, or an option is none
     */
    public static List<Row> verify(
            SparkSession session, String folder, Map<String, String> given, JobProgress progress) {
        FrameJob job = FrameJob.VERIFY;
        OptionValues values = new OptionValues(job, job.named(given, job.jobOptions()));
        VerifyOptions options = new VerifyOptions(folder, values.integer("list", VerifyOptions.DEFAULT_LISTED));
        VerifyReport report = new VerifyJob(session, options, progress).run();
        Map<String, Object> figures = new HashMap<>(report.job().figures());
        figures.put(
                "findings", report.findings().stream().map(Finding::toString).toArray(String[]::new));
        return List.of(row(VERIFY, figures));
    }

    private static Row row(StructType schema, Map<String, Object> figures) {
        Object[] cells = new Object[schema.size()];
        for (int i = 0; i < cells.length; i++) {
            cells[i] = figures.get(schema.fieldNames()[i]);
        }
        return RowFactory.create(cells);
    }
}
