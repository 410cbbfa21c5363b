package io.varlen.spark.input;

import io.varlen.InvalidInputException;
import java.io.Serializable;
import java.util.List;

/**
 * Where documents come from.
 *
 * @param inputs files, folders (read recursively) or globs on any Hadoop file system; a document's {@code source} is the
 *     index of its input here
 * @param format how the files hold documents
 * @param columns the columns or keys that make up a document
 * @param idColumn the column or key of the document id, which every record must then have; null to use {@value
 *     #DEFAULT_ID_COLUMN} in each input that has it
 * @param contentHash of a DataFrame whose rows the one input holds, see {@link DocumentSource#contentHash}: that, and not
 *     the files, is then what the job's output depends on. Null for files of the user's
 */
public record InputOptions(
        List<String> inputs, InputFormat format, DocumentColumns columns, String idColumn, String contentHash)
        implements Serializable {
    public static final String DEFAULT_TEXT_COLUMN = "text";
    public static final String DEFAULT_ID_COLUMN = "id";

    /** @throws InvalidInputException if there is no input, or an id column for a format without columns */
    public InputOptions {
        if (inputs.isEmpty()) {
            throw new InvalidInputException("no --input is given; name at least one file, folder or glob");
        }
        if (idColumn != null && !format.hasColumns()) {
            throw new InvalidInputException("--id-column " + idColumn + " does not go with --input-format "
                    + format.optionName() + ", which has no columns; it goes with jsonl and parquet");
        }
        if (columns.kind() != DocumentColumns.Kind.TEXT && !format.hasColumns()) {
            throw new InvalidInputException("the columns " + String.join(" and ", columns.names())
                    + " do not go with --input-format " + format.optionName()
                    + ", which has no columns; they go with jsonl and parquet");
        }
        if (columns.names().contains(idColumn)) {
            throw new InvalidInputException("the column '" + idColumn
                    + "' cannot be a document's id and its content; name another with --id-column");
        }
        inputs = List.copyOf(inputs);
    }

    /** Of files. */
    public InputOptions(List<String> inputs, InputFormat format, DocumentColumns columns, String idColumn) {
        this(inputs, format, columns, idColumn, null);
    }

    /** With documents that are texts. */
    public InputOptions(List<String> inputs, InputFormat format, String textColumn, String idColumn) {
        this(inputs, format, DocumentColumns.text(textColumn), idColumn);
    }

    /** With the default columns. */
    public InputOptions(List<String> inputs, InputFormat format) {
        this(inputs, format, DEFAULT_TEXT_COLUMN, null);
    }

    /** The same rows, which are a DataFrame's of this content. */
    public InputOptions ofDataFrame(String hash) {
        return new InputOptions(inputs, format, columns, idColumn, hash);
    }

    /** The column of the document id, if it exists. */
    String effectiveIdColumn() {
        return idColumn == null ? DEFAULT_ID_COLUMN : idColumn;
    }
}
