package io.varlen.spark.job;

import io.varlen.spark.dataset.Fingerprint;
import io.varlen.spark.input.InputFormat;
import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Where a document came from, as far as the manifest and its id tell. An id that was made of path and position leads to
 * the file; one out of an id column leads no further than the input.
 *
 * @param input the {@code --input} that packing read it from, qualified
 * @param file the file in it; null if the id does not say
 * @param position where the document begins in the file; null if the id does not say
 * @param unit what {@code position} counts from 0: byte or row
 */
public record Origin(String input, String file, Long position, String unit) {
    private static final Pattern WITH_POSITION = Pattern.compile("(?s)(.*)#([0-9]{1,18})");
    private static final Pattern GLOB = Pattern.compile("[*?\\[{]");

    /**
     * The origin of a document.
     *
     * @param packing the fingerprint of the job that packed it
     * @param source the n-th input of that, from 0
     */
    static Origin of(Fingerprint packing, int source, String docId) {
        String input = packing.inputs().get(source).path();
        String format = packing.options().get("input-format");
        if (!packing.options().getOrDefault("id-column", "").isEmpty()) {
            return new Origin(input, null, null, null);
        }
        if (InputFormat.TEXT.optionName().equals(format)) {
            return new Origin(input, file(input, docId), null, null);
        }
        Matcher id = WITH_POSITION.matcher(docId);
        String file = id.matches() ? file(input, id.group(1)) : null;
        return file == null
                ? new Origin(input, null, null, null)
                : new Origin(
                        input,
                        file,
                        Long.parseLong(id.group(2)),
                        InputFormat.PARQUET.optionName().equals(format) ? "row" : "byte");
    }

    /** Ids of files begin with the last element of the input, or with what a glob there stood for. */
    private static String file(String input, String name) {
        int slash = input.lastIndexOf('/');
        String parent = input.substring(0, slash + 1);
        String last = input.substring(slash + 1);
        String first = name.contains("/") ? name.substring(0, name.indexOf('/')) : name;
        boolean ours = first.equals(last) || GLOB.matcher(last).find() && matches(last, first);
        return ours && !GLOB.matcher(parent).find() ? parent + name : null;
    }

    private static boolean matches(String glob, String name) {
        try {
            return FileSystems.getDefault().getPathMatcher("glob:" + glob).matches(Path.of(name));
        } catch (PatternSyntaxException | InvalidPathException e) {
            return false;
        }
    }

    void addTo(Map<String, Object> figures) {
        figures.put("input", input);
        if (file != null) {
            figures.put("file", file);
        }
        if (position != null) {
            figures.put("position", position);
            figures.put("position_unit", unit);
        }
    }

    /** For people: the file and the position if they are known, else the input. */
    @Override
    public String toString() {
        return (file == null ? input : file) + (position == null ? "" : ", " + unit + " " + position);
    }
}
