package io.varlen.spark.input;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;

/** {@link InputFormat#LINES}: the lines whose first byte lies in the split. */
class LineReader extends SplitReader {
    private final LineScanner scanner;
    private final long end;

    LineReader(InputSplit split, Configuration hadoop) throws IOException {
        super(split.file());
        this.end = split.end();
        // from the byte before on: only if that ends a line does one start with the split
        long from = Math.max(0, split.start() - 1);
        this.scanner = new LineScanner(FileContent.open(split.file(), from, hadoop), from);
        if (split.start() > 0) {
            scanner.next();
        }
    }

    @Override
    protected InputRecord read() throws IOException {
        while (scanner.end() < end && scanner.next()) {
            InputRecord record = scanner.isWhole() ? record(scanner) : tooLarge(scanner.start(), scanner.length());
            if (record != null) {
                return record;
            }
        }
        return null;
    }

    /** What the line holds, null to pass it over. */
    protected InputRecord record(LineScanner line) {
        return textRecord(line.line().array(), (int) line.length(), line.start(), null);
    }

    @Override
    protected long position() {
        return scanner.end();
    }

    @Override
    public void close() throws IOException {
        scanner.close();
    }
}
