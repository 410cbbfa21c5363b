package io.varlen.spark.sql;

import io.varlen.InvalidInputException;
import io.varlen.Nearest;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Options in one constant: {@code 'max_length=256,prompt="query: "'}. A value goes to the next comma, exactly as it is
 * written; one that holds a comma or ends in a space stands in double quotes, in which two of them are one. (A backslash would
 * have to be written twice in SQL.)
 */
final class OptionText {
    private final String function;
    private final String text;
    private final Map<String, String> values = new TreeMap<>();
    private int at;

    /**
     * @param text null for no options
     * @param known the names there are; hyphens for underscores are as good
     * @throws InvalidInputException if it is none, or names another option
     */
    OptionText(String function, String text, List<String> known) {
        this.function = function;
        this.text = text;
        while (text != null && at < text.length()) {
            String key = key(known);
            if (values.put(key, value()) != null) {
                throw wrong(key + " is given twice");
            }
        }
    }

    /** An option's value; null if it is not given. */
    String get(String key) {
        return values.get(key);
    }

    /** @throws InvalidInputException if it is no whole number */
    Integer integer(String key) {
        try {
            return get(key) == null ? null : Integer.valueOf(get(key));
        } catch (NumberFormatException e) {
            throw wrong(key + "=" + get(key) + " is no whole number");
        }
    }

    /** @throws InvalidInputException if it is no finite number */
    Float number(String key) {
        String value = get(key);
        if (value == null) {
            return null;
        }
        try {
            float number = Float.parseFloat(value);
            if (Float.isFinite(number)) {
                return number;
            }
        } catch (NumberFormatException e) {
            // refused below like one that is infinite
        }
        throw wrong(key + "=" + value + " is no finite number");
    }

    /** @throws InvalidInputException if it is neither {@code true} nor {@code false} */
    Boolean flag(String key) {
        String value = get(key);
        if (value == null) {
            return null;
        } else if (value.equals("true") || value.equals("false")) {
            return value.equals("true");
        }
        throw wrong(key + "=" + value + "; it is true or false");
    }

    /** @throws InvalidInputException if it is none of those */
    String oneOf(String key, List<String> values) {
        String value = get(key);
        if (value != null && !values.contains(value)) {
            throw wrong(key + "=" + value + "; it is one of " + String.join(", ", values));
        }
        return value;
    }

    /** What computes; null if it is not given. */
    String backend() {
        return oneOf("backend", List.of("auto", "cpu", "cuda"));
    }

    /** For a value that is not right. */
    InvalidInputException wrong(String what) {
        return new InvalidInputException(function + ": options '" + text + "': " + what);
    }

    private String key(List<String> known) {
        int end = text.indexOf('=', at);
        if (end < 0) {
            throw wrong("'" + text.substring(at) + "' is no name=value");
        }
        String key = text.substring(at, end).strip().replace('-', '_');
        if (!known.contains(key)) {
            throw wrong("there is no option " + key + "; did you mean " + Nearest.to(key, known) + "? There are "
                    + String.join(", ", known));
        }
        at = end + 1;
        return key;
    }

    /** Leaves {@link #at} behind the comma. */
    private String value() {
        if (at < text.length() && text.charAt(at) == '"') {
            return quoted();
        }
        int comma = text.indexOf(',', at);
        int end = comma < 0 ? text.length() : comma;
        String value = text.substring(at, end);
        if (comma == text.length() - 1) {
            throw wrong("nothing follows the last comma");
        }
        at = end + 1;
        return value;
    }

    private String quoted() {
        StringBuilder value = new StringBuilder();
        at++;
        while (at < text.length() && (text.charAt(at) != '"' || text.startsWith("\"\"", at))) {
            at += text.charAt(at) == '"' ? 1 : 0;
            value.append(text.charAt(at++));
        }
        if (at == text.length()) {
            throw wrong("a value's quote does not end");
        }
        at++;
        if (at < text.length() && text.charAt(at) != ',' || at == text.length() - 1) {
            throw wrong("behind a quoted value comes the end, or a comma and the next option");
        }
        at++;
        return value.toString();
    }
}
