package io.varlen.spark.dataset;

import io.varlen.spark.input.InputFile;
import io.varlen.spark.input.InputFiles;
import io.varlen.spark.internal.Json;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.fs.Path;

/**
 * The files that a job read, kept beside its fingerprint so that a job whose input has changed since can say which of
 * them did. Nothing but that message depends on it: an output without one, of an earlier version, is as good.
 */
final class InputFileList {
    /** The names of files that a message gives of each kind. */
    private static final int NAMED = 3;

    private final List<Entry> entries;

    /** One file: the number of its input, its path for people, bytes, and milliseconds since 1970. */
    record Entry(int source, String path, long bytes, long modified) {
        private boolean sameAs(Entry other) {
            return bytes == other.bytes && modified == other.modified;
        }
    }

    private InputFileList(List<Entry> entries) {
        this.entries = entries;
    }

    /** Empty for a DataFrame, whose files are nobody's. */
    static InputFileList of(InputFiles files) {
        List<Entry> entries = new ArrayList<>();
        if (files.contentHash() == null) {
            for (InputFile file : files.files()) {
                entries.add(new Entry(file.source(), file.path(), file.size(), file.modified()));
            }
        }
        return new InputFileList(entries);
    }

    /** Null if there is none that can be read. */
    static InputFileList read(FileStore files, Path path) {
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(files.open(path)), StandardCharsets.UTF_8))) {
            List<Entry> entries = new ArrayList<>();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Entry entry = Json.read(line, Entry.class);
                if (entry == null || entry.path() == null) {
                    return null;
                }
                entries.add(entry);
            }
            return new InputFileList(entries);
        } catch (IOException e) { // not there, no gzip, or no JSON
            return null;
        }
    }

    void write(FileStore files, Path path) throws IOException {
        try (Writer out = new BufferedWriter(
                new OutputStreamWriter(new GZIPOutputStream(files.create(path)), StandardCharsets.UTF_8))) {
            for (Entry entry : entries) {
                out.write(Json.line(entry));
                out.write('\n');
            }
        }
    }

    /**
     * What became of the files of an input, by their paths.
     *
     * @param added only there now
     * @param removed only there before
     * @param changed of another size or time
     */
    record Changes(List<String> added, List<String> removed, List<String> changed) {
        boolean none() {
            return added.isEmpty() && nothingButAdded();
        }

        /** Whether all that was read before is as it was. */
        boolean nothingButAdded() {
            return removed.isEmpty() && changed.isEmpty();
        }

        /** In words, with the first few of each. */
        String describe() {
            List<String> changes = new ArrayList<>();
            name(changes, "added", added);
            name(changes, "removed", removed);
            name(changes, "changed", changed);
            return String.join("; ", changes);
        }

        private static void name(List<String> changes, String how, List<String> paths) {
            if (!paths.isEmpty()) {
                changes.add(how + " " + String.join(", ", paths.subList(0, Math.min(NAMED, paths.size())))
                        + (paths.size() > NAMED ? " and " + (paths.size() - NAMED) + " more" : ""));
            }
        }
    }

    /** From these files of an input to those of {@code now}. */
    Changes changes(int source, InputFileList now) {
        Map<String, Entry> before = of(source);
        Map<String, Entry> after = now.of(source);
        return new Changes(
                pick(after, before, (file, other) -> other == null),
                pick(before, after, (file, other) -> other == null),
                pick(after, before, (file, other) -> other != null && !file.sameAs(other)));
    }

    private Map<String, Entry> of(int source) {
        Map<String, Entry> byPath = new LinkedHashMap<>();
        for (Entry entry : entries) {
            if (entry.source() == source) {
                byPath.put(entry.path(), entry);
            }
        }
        return byPath;
    }

    private static List<String> pick(
            Map<String, Entry> from, Map<String, Entry> others, BiPredicate<Entry, Entry> wanted) {
        return from.values().stream()
                .filter(file -> wanted.test(file, others.get(file.path())))
                .map(Entry::path)
                .toList();
    }
}
