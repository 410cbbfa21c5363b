package io.varlen.spark.input;

import java.io.IOException;
import java.io.InputStream;

/** {@link InputFormat#TEXT}: one document, all of the file. */
final class WholeFileReader extends SplitReader {
    private final InputStream in;
    private final RecordBuffer content = new RecordBuffer();
    private boolean done;

    WholeFileReader(InputFile file, InputStream in) {
        super(file);
        this.in = in;
    }

    @Override
    protected InputRecord read() throws IOException {
        if (done) {
            return null;
        }
        done = true;
        byte[] window = new byte[1 << 16];
        for (int count = in.read(window); count >= 0; count = in.read(window)) {
            content.append(window, 0, count);
        }
        return content.holds(content.size())
                ? textRecord(content.array(), (int) content.size(), 0, null)
                : tooLarge(0, content.size());
    }

    @Override
    protected long position() {
        return content.size();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
