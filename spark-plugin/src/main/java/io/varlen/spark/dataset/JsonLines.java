package io.varlen.spark.dataset;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** The lines of a list that we wrote: JSON, so no value holds a line's end. */
final class JsonLines implements Iterator<String>, Closeable {
    private final BufferedReader lines;
    private String next;

    private JsonLines(BufferedReader lines) throws IOException {
        this.lines = lines;
        this.next = lines.readLine();
    }

    static JsonLines open(Path path, Configuration hadoop) throws IOException {
        return new JsonLines(new BufferedReader(
                new InputStreamReader(path.getFileSystem(hadoop).open(path), StandardCharsets.UTF_8)));
    }

    @Override
    public boolean hasNext() {
        return next != null;
    }

    @Override
    public String next() {
        if (next == null) {
            throw new NoSuchElementException();
        }
        try {
            String line = next;
            next = lines.readLine();
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
