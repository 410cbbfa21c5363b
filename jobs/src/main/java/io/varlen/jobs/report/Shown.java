package io.varlen.jobs.report;

import io.varlen.spark.Redaction;
import java.util.regex.Pattern;

/** What of paths, ids and settings is shown: no secret, no absolute path, and not more than a person reads. */
final class Shown {
    private static final Pattern PATH = Pattern.compile("(?s)(\\w[\\w+.-]*:)?/.*");
    private static final int MOST = 120;

    private Shown() {}

    /** A text, as long as a person reads and without what is not seen. */
    static String text(String text) {
        return cut(Escape.visible(Redaction.text(text)));
    }

    /** Of a path, also a relative one, its last element; anything else as it is. */
    static String name(String pathOrName) {
        String trimmed = pathOrName.replaceAll("/+$", "");
        return text(trimmed.substring(trimmed.lastIndexOf('/') + 1));
    }

    /** The value of an option, of which only an absolute path or a URI is cut to its last element. */
    static String setting(String value) {
        return PATH.matcher(value).matches() ? name(value) : text(value);
    }

    private static String cut(String text) {
        return text.codePointCount(0, text.length()) <= MOST
                ? text
                : text.substring(0, text.offsetByCodePoints(0, MOST - 1)) + "…";
    }
}
