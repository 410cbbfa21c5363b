package io.varlen.spark.frame;

import io.varlen.InvalidInputException;
import io.varlen.packing.SpecialTokensPolicy;
import io.varlen.spark.input.BadRecordPolicy;
import io.varlen.spark.input.DocumentColumns;
import io.varlen.spark.input.InputFiles;
import io.varlen.spark.input.InputFormat;
import io.varlen.spark.input.InputOptions;
import io.varlen.spark.metrics.StageCounters;
import io.varlen.tokenizer.SpecialTokens;
import io.varlen.tokenizer.TokenizerSource;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * What {@code tokenize}, {@code embed} and {@code score} of a DataFrame have in common: documents out of one column, results
 * in new columns behind all others, nothing computed before the result is asked for.
 */
final class RowComputation {
    private static final String ERROR = "error";

    private final FrameJob job;
    private final Dataset<Row> rows;
    private final FrameOptions options;

    /** @throws InvalidInputException for an option that there is not */
    RowComputation(FrameJob job, Dataset<Row> rows, Map<String, String> given) {
        this.job = job;
        this.rows = rows;
        this.options = new FrameOptions(new OptionValues(job, job.named(given, job.rowOptions())));
    }

    FrameOptions options() {
        return options;
    }

    SparkSession session() {
        return rows.sparkSession();
    }

    /** Where the options records of jobs want an input: it is this. */
    InputOptions input() {
        return new InputOptions(List.of(InputFiles.DATA_FRAME), InputFormat.PARQUET, options.columns(), null);
    }

    /** How a task computes results and what columns they become. */
    interface Kernel<R> extends Serializable {
        /** Called in a task that has a document. */
        OrderedRows.Batches open(Consumer<R> out);

        Object[] columns(R result);
    }

    /**
     * The rows with the results of their documents.
     *
     * @param added the columns of a result, all of which may be null
     * @param tokenizer of the model
     * @param prompt before each text; "" for none
     */
    <R> Dataset<Row> compute(
            StructType added,
            TokenizerSource tokenizer,
            String prompt,
            SpecialTokens special,
            int vocabularySize,
            Kernel<R> kernel) {
        boolean quarantine = options.badRecords() == BadRecordPolicy.QUARANTINE;
        StructType all = quarantine ? added.add(ERROR, DataTypes.StringType, true) : added;
        CarriedRows carried = new CarriedRows(rows);
        carried.requireNew(all);
        DocumentColumns columns = options.columns();
        boolean ids = columns.kind() == DocumentColumns.Kind.TOKENS;
        if (ids && !prompt.isEmpty()) {
            throw new InvalidInputException("'" + columns.first() + "' holds token ids, before which the model's prompt"
                    + " cannot be put; " + job.optionName() + " the text itself, or give prompt '' to go without one");
        }
        SpecialTokensPolicy policy = options.specialTokens();
        if (policy == SpecialTokensPolicy.CHUNK) {
            throw new InvalidInputException("special-tokens is document or none; chunks are made by pack alone");
        }
        DocumentTable table = new DocumentTable(rows);
        Column document =
                ids ? table.numbers(columns.first(), "ids-column") : table.text(columns.first(), "text-column");
        JavaSparkContext spark = JavaSparkContext.fromSparkContext(session().sparkContext());
        DocumentReader reader = new DocumentReader(
                columns.first(), spark.broadcast(tokenizer), prompt, ids ? policy : null, special, vocabularySize);
        Task<R> task =
                new Task<>(job.optionName(), reader, quarantine, kernel, added.size(), StageCounters.of(spark.sc()));
        Dataset<Row> computed = carried.with(document).mapPartitions(task, Encoders.row(CarriedRows.carrying(all)));
        return carried.restored(computed, all);
    }

    /** @param counters counts what tasks tell from where it arrives */
    private record Task<R>(
            String operation,
            DocumentReader reader,
            boolean quarantine,
            Kernel<R> kernel,
            int width,
            StageCounters counters)
            implements MapPartitionsFunction<Row, Row>, FrameFunction {
        @Override
        public Iterator<Row> call(Iterator<Row> partition) {
            return new OrderedRows<>(partition, reader.inTask(), quarantine, kernel::open, kernel::columns, width);
        }
    }
}
