package io.varlen.spark.input;

import io.varlen.spark.internal.Utf8;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;

/**
 * The records of one split, in their order. A document has the id of the id column, or null if its record has no such
 * column: whether that is bad, and what the id is then, is known only when all of the input has been seen.
 */
abstract class SplitReader implements Iterator<InputRecord>, Closeable {
    protected final InputFile file;
    private InputRecord next;
    private boolean ended;

    SplitReader(InputFile file) {
        this.file = file;
    }

    static SplitReader open(InputSplit split, InputOptions options, Configuration hadoop) {
        try {
            return switch (options.format()) {
                case TEXT -> new WholeFileReader(split.file(), FileContent.open(split.file(), 0, hadoop));
                case LINES -> new LineReader(split, hadoop);
                case PARAGRAPHS -> new ParagraphReader(split.file(), FileContent.open(split.file(), 0, hadoop));
                case JSONL -> new JsonLineReader(split, options, hadoop);
                case PARQUET -> new ParquetTextReader(split, options, hadoop);
            };
        } catch (UnreadableContentException e) {
            return new UnreadableReader(split.file(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open " + split.file().path(), e);
        }
    }

    /** The next record, null at the end. */
    protected abstract InputRecord read() throws IOException;

    /** Where reading stands, for a failure that has no record of its own. */
    protected abstract long position();

    /** Whether any record so far had the id column. */
    boolean sawIdColumn() {
        return false;
    }

    @Override
    public final boolean hasNext() {
        if (next == null && !ended) {
            try {
                next = read();
            } catch (UnreadableContentException e) {
                next = bad(position(), null, e.getMessage());
                ended = true;
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + file.path(), e);
            }
            ended |= next == null;
        }
        return next != null;
    }

    @Override
    public final InputRecord next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        InputRecord record = next;
        next = null;
        return record;
    }

    /** The text in {@code bytes[0, length)}, which starts at {@code offset}, if it is valid. */
    protected InputRecord textRecord(byte[] bytes, int length, long offset, String docId) {
        int invalid = Utf8.firstInvalid(bytes, length);
        if (invalid >= 0) {
            return bad(offset + invalid, docId, invalidUtf8(bytes[invalid]));
        }
        return new Document(docId, file.source(), Arrays.copyOf(bytes, length), file.path(), offset);
    }

    protected BadRecord tooLarge(long offset, long bytes) {
        return bad(offset, null, "the record has " + bytes + " bytes; a document has at most " + RecordBuffer.LIMIT);
    }

    protected BadRecord bad(long offset, String docId, String reason) {
        return new BadRecord(file.source(), file.path(), offset, docId, reason);
    }

    protected static String invalidUtf8(byte b) {
        return String.format("invalid UTF-8: no character begins with or continues at byte 0x%02X", b);
    }

    /** A file that could not even be opened. */
    private static final class UnreadableReader extends SplitReader {
        private final UnreadableContentException failure;

        UnreadableReader(InputFile file, UnreadableContentException failure) {
            super(file);
            this.failure = failure;
        }

        @Override
        protected InputRecord read() throws IOException {
            throw failure;
        }

        @Override
        protected long position() {
            return 0;
        }

        @Override
        public void close() {}
    }
}
