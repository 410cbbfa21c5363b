package io.varlen.jobs;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** The parts that a text says one thing each in: sentences, list items, rows of tables, statements of code. */
final class Sentences {
    private static final Pattern END = Pattern.compile("(?<=[.?!;])\\s+|\n\\s*\n|\n(?=\\s*[-|#])");

    private Sentences() {}

    /** In their order; on one line each, none of them blank. */
    static List<String> of(String text) {
        return Arrays.stream(END.split(text))
                .map(part -> part.strip().replaceAll("\\s+", " "))
                .filter(part -> !part.isEmpty())
                .toList();
    }
}
