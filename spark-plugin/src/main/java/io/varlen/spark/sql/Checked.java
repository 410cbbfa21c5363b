package io.varlen.spark.sql;

import io.varlen.InvalidInputException;
import java.util.function.Supplier;

/** What kernels refuse as wrong arguments comes from columns here, so it is wrong input. */
final class Checked {
    private Checked() {}

    /** @throws InvalidInputException with the function's name, for an {@link IllegalArgumentException} */
    static <T> T in(String function, Supplier<T> work) {
        try {
            return work.get();
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(function + ": " + e.getMessage(), e);
        }
    }
}
