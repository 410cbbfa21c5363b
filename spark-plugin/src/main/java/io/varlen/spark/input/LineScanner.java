package io.varlen.spark.input;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/** Cuts a stream of bytes into lines. LF ends a line; one CR before it belongs to the terminator. */
final class LineScanner implements Closeable {
    private final InputStream in;
    private final byte[] window = new byte[1 << 16];
    private int at;
    private int filled;

    private final RecordBuffer line = new RecordBuffer();
    private long start;
    private long end;
    private int terminator;

    /** @param offset the position of the stream's first byte in the file */
    LineScanner(InputStream in, long offset) {
        this.in = in;
        this.end = offset;
    }

    /** Goes to the next line; false at the end of the stream. */
    boolean next() throws IOException {
        start = end;
        terminator = 0;
        line.clear();
        boolean carriageReturn = false;
        while (at < filled || fill()) {
            int lf = at;
            while (lf < filled && window[lf] != '\n') {
                lf++;
            }
            boolean found = lf < filled;
            int stop = found ? lf + 1 : lf;
            if (lf > at) {
                carriageReturn = window[lf - 1] == '\r';
            }
            line.append(window, at, stop - at);
            end += stop - at;
            at = stop;
            if (found) {
                terminator = carriageReturn ? 2 : 1;
                return true;
            }
        }
        return end > start;
    }

    /** The offset of the line's first byte in the file. */
    long start() {
        return start;
    }

    /** The offset behind the line and its terminator. */
    long end() {
        return end;
    }

    /** The line with its terminator. */
    RecordBuffer line() {
        return line;
    }

    /** The bytes of the line without its terminator. */
    long length() {
        return line.size() - terminator;
    }

    /** Whether the line is not too large to be kept. */
    boolean isWhole() {
        return line.holds(line.size());
    }

    /** Whether the line holds nothing but ASCII white space. */
    boolean isBlank() {
        if (!isWhole()) {
            return false;
        }
        for (int i = 0; i < line.size(); i++) {
            if (!isSpace(line.array()[i])) {
                return false;
            }
        }
        return true;
    }

    static boolean isSpace(byte b) {
        return b == ' ' || b >= '\t' && b <= '\r';
    }

    private boolean fill() throws IOException {
        at = 0;
        filled = Math.max(0, in.read(window, 0, window.length));
        return filled > 0;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
