package io.varlen.spark.sql;

import io.varlen.InvalidInputException;
import org.apache.spark.TaskContext;

/** A GPU that is given one short text at a time is slower than a processor. */
final class RowByRow {
    private RowByRow() {}

    /**
     * On the driver, where Spark works out constants, one text is all there is.
     *
     * @param backend the name of what computes
     * @param allowed whether the user wants it nevertheless
     * @throws InvalidInputException in a task, unless a processor computes
     */
    static void require(String backend, boolean allowed) {
        if (!allowed && !backend.equals("cpu") && TaskContext.get() != null) {
            throw new InvalidInputException(
                    "varlen_embed(text, …) gives " + backend
                            + " one text at a time, which is slower there than on a processor; give it arrays, varlen_embed(collect_list(text),"
                            + " …), or use io.varlen.spark.Varlen.embed or the embed job, or set spark.varlen.sql.rowwise=allow");
        }
    }
}
