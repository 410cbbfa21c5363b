package io.varlen.spark.input;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CodecPool;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.hadoop.io.compress.Decompressor;

/**
 * The bytes of a text file, decompressed if its extension asks for it. What a codec cannot decode is an {@link
 * UnreadableContentException}; what the file system cannot deliver stays a plain {@link IOException}.
 */
final class FileContent extends InputStream {
    private final InputStream content;
    private final RawStream raw;
    private final Decompressor decompressor;

    private FileContent(InputStream content, RawStream raw, Decompressor decompressor) {
        this.content = content;
        this.raw = raw;
        this.decompressor = decompressor;
    }

    /** @param start where to begin; 0 for a compressed file */
    static FileContent open(InputFile file, long start, Configuration hadoop) throws IOException {
        Path path = new Path(file.uri());
        CompressionCodec codec = codec(file, hadoop);
        FSDataInputStream in = path.getFileSystem(hadoop).open(path);
        in.seek(start);
        RawStream raw = new RawStream(in);
        if (codec == null) {
            return new FileContent(raw, raw, null);
        }
        Decompressor decompressor = CodecPool.getDecompressor(codec);
        try {
            return new FileContent(codec.createInputStream(raw, decompressor), raw, decompressor);
        } catch (IOException | RuntimeException e) {
            raw.close();
            throw failure(e, raw);
        }
    }

    static boolean isCompressed(InputFile file, Configuration hadoop) {
        return codec(file, hadoop) != null;
    }

    private static CompressionCodec codec(InputFile file, Configuration hadoop) {
        return new CompressionCodecFactory(hadoop).getCodec(new Path(file.uri()));
    }

    @Override
    public int read(byte[] buffer, int from, int count) throws IOException {
        try {
            return content.read(buffer, from, count);
        } catch (IOException | RuntimeException e) {
            throw failure(e, raw);
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public void close() throws IOException {
        content.close();
        CodecPool.returnDecompressor(decompressor);
    }

    private static IOException failure(Exception e, RawStream raw) {
        if (e instanceof IOException io && raw.failed) {
            return io;
        }
        return new UnreadableContentException(
                "cannot be decompressed from here on (" + (e.getMessage() == null ? e : e.getMessage()) + ")", e);
    }

    /** Remembers that it was the file system that failed. */
    private static final class RawStream extends FilterInputStream {
        private boolean failed;

        RawStream(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            try {
                return super.read();
            } catch (IOException e) {
                failed = true;
                throw e;
            }
        }

        @Override
        public int read(byte[] buffer, int from, int count) throws IOException {
            try {
                return super.read(buffer, from, count);
            } catch (IOException e) {
                failed = true;
                throw e;
            }
        }
    }
}
