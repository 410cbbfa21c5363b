package io.varlen.spark.frame;

import io.varlen.InvalidInputException;
import io.varlen.Nearest;
import io.varlen.spark.input.DocumentColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;

/**
 * The columns of a DataFrame that hold documents. Strings are taken as their bytes: one may hold invalid UTF-8, of which a
 * {@code String} would keep no trace.
 */
final class DocumentTable {
    private final Dataset<Row> rows;

    DocumentTable(Dataset<Row> rows) {
        this.rows = rows;
    }

    /**
     * What documents are made of and their ids, and nothing else.
     *
     * @throws InvalidInputException if a column is not there or cannot hold what it should
     */
    Dataset<Row> select(DocumentColumns columns, String idColumn) {
        List<Column> selected = new ArrayList<>();
        for (String name : columns.names()) {
            boolean tokens = columns.kind() == DocumentColumns.Kind.TOKENS;
            selected.add(
                    (tokens ? numbers(name, optionOf(columns, name)) : text(name, optionOf(columns, name))).as(name));
        }
        selected.add(id(idColumn).as(idColumn));
        return rows.select(selected.toArray(Column[]::new));
    }

    private static String optionOf(DocumentColumns columns, String name) {
        boolean first = name.equals(columns.first());
        return switch (columns.kind()) {
            case TEXT -> "text-column";
            case PROMPT_COMPLETION -> first ? "prompt-column" : "completion-column";
            case TOKENS -> first ? "ids-column" : "mask-column";
        };
    }

    /** The bytes of a string or binary column. */
    Column text(String name, String option) {
        StructField field = field(name, option);
        if (!(field.dataType() instanceof StringType || field.dataType() instanceof BinaryType)) {
            throw wrong(field, "text must be a string, or its UTF-8 as binary", option);
        }
        return column(field).cast("binary");
    }

    /** A column of lists of whole numbers. */
    Column numbers(String name, String option) {
        StructField field = field(name, option);
        if (!(field.dataType() instanceof ArrayType array && isWhole(array.elementType()))) {
            throw wrong(field, "it must be an array of whole numbers", option);
        }
        return column(field);
    }

    private Column id(String name) {
        StructField field = field(name, "id-column");
        if (field.dataType() instanceof StringType) {
            return column(field).cast("binary");
        } else if (isWhole(field.dataType())) {
            return column(field).cast("bigint");
        }
        throw wrong(field, "ids must be strings or whole numbers", "id-column");
    }

    private static boolean isWhole(DataType type) {
        return type instanceof ByteType
                || type instanceof ShortType
                || type instanceof IntegerType
                || type instanceof LongType;
    }

    private static Column column(StructField field) {
        return new ColumnName(field.name()).column();
    }

    private StructField field(String name, String option) {
        StructField[] fields = rows.schema().fields();
        return Arrays.stream(fields)
                .filter(field -> field.name().equals(name))
                .findFirst()
                .or(() -> Arrays.stream(fields)
                        .filter(field -> field.name().equalsIgnoreCase(name))
                        .findFirst())
                .orElseThrow(() -> {
                    List<String> names =
                            Arrays.stream(fields).map(StructField::name).toList();
                    return new InvalidInputException("there is no column '" + name + "'; the DataFrame has "
                            + String.join(", ", names) + "; name one with " + option
                            + (names.isEmpty() ? "" : ", did you mean '" + Nearest.to(name, names) + "'?"));
                });
    }

    private static InvalidInputException wrong(StructField field, String right, String option) {
        return new InvalidInputException("the column '" + field.name() + "' is "
                + field.dataType().simpleString() + "; " + right + "; name another with " + option);
    }
}
