package io.varlen.spark.dataset;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Set;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.values.ValuesWriter;
import org.apache.parquet.column.values.factory.DefaultValuesWriterFactory;
import org.apache.parquet.column.values.factory.ValuesWriterFactory;

/** Parquet's PLAIN encoding of int32. Parquet's own goes through two streams byte by byte, at four times the cost. */
final class PlainInts extends ValuesWriter {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private byte[] bytes = new byte[1 << 16];
    private int size;

    /** Writes columns of token ids with {@link PlainInts}, all else in Parquet's ways. */
    static final class Factory implements ValuesWriterFactory {
        private final ValuesWriterFactory others = new DefaultValuesWriterFactory();
        private final Set<String> tokenIds;

        /** @param tokenIds the names of those columns */
        Factory(Set<String> tokenIds) {
            this.tokenIds = tokenIds;
        }

        @Override
        public void initialize(ParquetProperties properties) {
            others.initialize(properties);
        }

        @Override
        public ValuesWriter newValuesWriter(ColumnDescriptor column) {
            return tokenIds.contains(column.getPath()[0]) ? new PlainInts() : others.newValuesWriter(column);
        }
    }

    @Override
    public void writeInteger(int value) {
        if (size == bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.multiplyExact(2, size));
        }
        INT.set(bytes, size, value);
        size += Integer.BYTES;
    }

    @Override
    public BytesInput getBytes() {
        return BytesInput.from(bytes, 0, size);
    }

    @Override
    public Encoding getEncoding() {
        return Encoding.PLAIN;
    }

    @Override
    public void reset() {
        size = 0;
    }

    @Override
    public long getBufferedSize() {
        return size;
    }

    @Override
    public long getAllocatedSize() {
        return bytes.length;
    }

    @Override
    public String memUsageString(String prefix) {
        return prefix + " plain ints: " + size + " bytes";
    }
}
