package io.varlen.spark.sql;

import io.varlen.InvalidInputException;
import io.varlen.spark.internal.Utf8;

/** Text as SQL hands it over: a string column may hold any bytes. */
final class SqlText {
    private SqlText() {}

    /** @throws InvalidInputException if {@code text} is not valid UTF-8, saying where */
    static void requireValid(String function, byte[] text) {
        int invalid = Utf8.firstInvalid(text, text.length);
        if (invalid >= 0) {
            throw new InvalidInputException(
                    String.format("%s: invalid UTF-8 at byte %d of a text (0x%02X)", function, invalid, text[invalid]));
        }
    }
}
