package io.varlen.spark.frame;

import io.varlen.InvalidInputException;
import io.varlen.spark.internal.SqlFunctions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Takes rows through a task as their own bytes, so that columns which are only passed through stay as they are, of whatever
 * type: as a {@code Row} a string would lose invalid UTF-8, a date of 1582 its day and a map its order.
 */
final class CarriedRows {
    private static final String ROW = "row";
    private static final String DOCUMENT = "document";

    private final Dataset<Row> rows;

    CarriedRows(Dataset<Row> rows) {
        this.rows = rows;
    }

    /** Two columns: {@code row}, all columns as binary, and {@code document}. */
    Dataset<Row> with(Column document) {
        Column row = functions.call_function(SqlFunctions.ROW_TO_BYTES, functions.struct(functions.col("*")));
        return rows.select(row.as(ROW), document.as(DOCUMENT));
    }

    /**
     * Whose rows {@link #restored} takes.
     *
     * @param added what is computed of each row
     */
    static StructType carrying(StructType added) {
        StructType carrying = new StructType().add(ROW, DataTypes.BinaryType, false);
        for (StructField field : added.fields()) {
            carrying = carrying.add(field);
        }
        return carrying;
    }

    /** The rows as they were, with the columns that were computed behind them. */
    Dataset<Row> restored(Dataset<Row> computed, StructType added) {
        Column row = functions.call_function(
                SqlFunctions.BYTES_TO_ROW,
                functions.col(ROW),
                functions.lit(rows.schema().json()));
        Column[] columns = new Column[1 + added.size()];
        columns[0] = row.as(ROW);
        Column[] all = new Column[1 + added.size()];
        all[0] = functions.col(ROW + ".*");
        for (int i = 0; i < added.size(); i++) {
            columns[i + 1] = new ColumnName(added.fieldNames()[i]).column();
            all[i + 1] = columns[i + 1];
        }
        return computed.select(columns).select(all);
    }

    /** @throws InvalidInputException if a column is there already that is to be added */
    void requireNew(StructType added) {
        List<String> names = Arrays.asList(added.fieldNames());
        Optional<String> taken = Arrays.stream(rows.schema().fieldNames())
                .filter(name -> names.stream().anyMatch(name::equalsIgnoreCase))
                .findFirst();
        if (taken.isPresent()) {
            throw new InvalidInputException("the DataFrame has a column '" + taken.get()
                    + "' already, which would be added; drop or rename it first");
        }
    }
}
