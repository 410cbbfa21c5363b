package io.varlen.spark.input;

import io.varlen.spark.internal.TaskIterators;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;

/** The records of one partition, split after split; closes what it opened at the latest when the task ends. */
final class RecordIterator implements Iterator<InputRecord> {
    private final Iterator<InputSplit> splits;
    private final InputOptions options;
    private final Configuration hadoop;
    private SplitReader reader;
    private InputFile file;

    RecordIterator(List<InputSplit> splits, InputOptions options, Configuration hadoop) {
        this.splits = splits.iterator();
        this.options = options;
        this.hadoop = hadoop;
        TaskIterators.closeAtEnd(this::close);
    }

    @Override
    public boolean hasNext() {
        while (reader == null || !reader.hasNext()) {
            close();
            if (!splits.hasNext()) {
                return false;
            }
            InputSplit split = splits.next();
            file = split.file();
            reader = SplitReader.open(split, options, hadoop);
        }
        return true;
    }

    @Override
    public InputRecord next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return reader.next();
    }

    /** The file of the last record. */
    InputFile file() {
        return file;
    }

    /** Whether any record of this split so far had the id column. */
    boolean sawIdColumn() {
        return reader.sawIdColumn();
    }

    private void close() {
        if (reader != null) {
            try {
                reader.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            reader = null;
        }
    }
}
