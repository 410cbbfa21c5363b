package io.varlen.internal.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** A file of JSON lines, each on disk as soon as it is known: whatever comes after may fail. */
final class Results implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final PrintStream out;

    Results(String file) throws IOException {
        out = new PrintStream(file, StandardCharsets.UTF_8);
    }

    /** @param entries names and values in turn */
    void write(Object... entries) {
        Map<String, Object> line = new LinkedHashMap<>();
        for (int i = 0; i < entries.length; i += 2) {
            line.put((String) entries[i], entries[i + 1]);
        }
        try {
            out.println(JSON.writeValueAsString(line));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        out.flush();
    }

    /** The first line of an error, for a line of results. */
    static String reason(Throwable e) {
        return e.toString().lines().findFirst().orElse("");
    }

    @Override
    public void close() {
        out.close();
    }
}
