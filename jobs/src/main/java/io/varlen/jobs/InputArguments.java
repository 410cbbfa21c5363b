package io.varlen.jobs;

import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.input.BadRecordPolicy;
import io.varlen.spark.input.DocumentColumns;
import io.varlen.spark.input.InputFormat;
import io.varlen.spark.input.InputOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** Where documents come from. */
final class InputArguments {
    @Option(
            names = "--input",
            paramLabel = "P",
            required = true,
            arity = "1..*",
            description = "Files, folders or globs on any Hadoop file system; may be repeated")
    private List<String> inputs = new ArrayList<>();

    @Option(
            names = "--input-format",
            paramLabel = "F",
            defaultValue = "text",
            description = "How files hold documents: text (one per file), lines, paragraphs (separated by blank lines,"
                    + " joined up to 200 words), jsonl or parquet (default: ${DEFAULT-VALUE})")
    private InputFormat format;

    @Option(
            names = "--text-column",
            paramLabel = "NAME",
            defaultValue = InputOptions.DEFAULT_TEXT_COLUMN,
            description = "The column of the text, for jsonl and parquet (default: ${DEFAULT-VALUE})")
    private String textColumn;

    @Option(
            names = "--id-column",
            paramLabel = "NAME",
            description = "The column of the document id, for jsonl and parquet (default: "
                    + InputOptions.DEFAULT_ID_COLUMN + " where it exists, else ids are made of path and position)")
    private String idColumn;

    @Option(
            names = "--bad-records",
            paramLabel = "HOW",
            defaultValue = "fail",
            description = "What becomes of a record that is no document, such as invalid UTF-8: fail (the job stops and"
                    + " names it) or quarantine (listed in _varlen/quarantine) (default: ${DEFAULT-VALUE})")
    BadRecordPolicy badRecords;

    /** The one input if it is a packed dataset. */
    Optional<PackedDataset> packedDataset(SparkSession spark) {
        Configuration hadoop = spark.sparkContext().hadoopConfiguration();
        Optional<String> dataset = PackedDataset.among(inputs, hadoop);
        return dataset.filter(folder -> inputs.size() == 1).map(folder -> PackedDataset.open(hadoop, folder));
    }

    InputOptions options() {
        return options(DocumentColumns.text(textColumn));
    }

    InputOptions options(DocumentColumns columns) {
        return new InputOptions(inputs, format, columns, idColumn);
    }
}
