package io.varlen.spark.inference;

import java.io.IOException;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;

/** Writes the values of a row, column by column in the order of the schema; a null is left out. */
public final class ParquetRows {
    private final MessageType schema;
    private final RecordConsumer out;
    private int column;

    private ParquetRows(MessageType schema, RecordConsumer out) {
        this.schema = schema;
        this.out = out;
    }

    /**
     * Writes numbers as they are: neither codecs nor dictionaries make floats and hashed ids much smaller.
     *
     * @param row writes one value for each column of the schema
     */
    public static <T> ParquetWriter<T> writer(OutputFile file, MessageType schema, BiConsumer<T, ParquetRows> row)
            throws IOException {
        return new Builder<>(file, new Support<>(schema, row))
                .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
                .withDictionaryEncoding(false)
                .build();
    }

    public ParquetRows add(String value) {
        return field(value, () -> out.addBinary(Binary.fromString(value)));
    }

    public ParquetRows add(Long value) {
        return field(value, () -> out.addLong(value));
    }

    public ParquetRows add(Integer value) {
        return field(value, () -> out.addInteger(value));
    }

    public ParquetRows add(Double value) {
        return field(value, () -> out.addDouble(value));
    }

    public ParquetRows add(float[] elements) {
        return field(elements, () -> list(elements));
    }

    private void list(float[] elements) {
        out.startGroup();
        out.startField("list", 0);
        for (float element : elements) {
            out.startGroup();
            out.startField("element", 0);
            out.addFloat(element);
            out.endField("element", 0);
            out.endGroup();
        }
        out.endField("list", 0);
        out.endGroup();
    }

    private ParquetRows field(Object value, Runnable write) {
        if (value != null) {
            String name = schema.getFieldName(column);
            out.startField(name, column);
            write.run();
            out.endField(name, column);
        }
        column++;
        return this;
    }

    private static final class Builder<T> extends ParquetWriter.Builder<T, Builder<T>> {
        private final Support<T> support;

        Builder(OutputFile file, Support<T> support) {
            super(file);
            this.support = support;
        }

        @Override
        protected Builder<T> self() {
            return this;
        }

        @Override
        @SuppressWarnings("deprecation") // its successor is not in Spark 3.5's Parquet
        protected WriteSupport<T> getWriteSupport(Configuration hadoop) {
            return support;
        }
    }

    private static final class Support<T> extends WriteSupport<T> {
        private final MessageType schema;
        private final BiConsumer<T, ParquetRows> row;
        private RecordConsumer out;

        Support(MessageType schema, BiConsumer<T, ParquetRows> row) {
            this.schema = schema;
            this.row = row;
        }

        @Override
        @SuppressWarnings("deprecation") // its successor is not in Spark 3.5's Parquet
        public WriteContext init(Configuration hadoop) {
            return new WriteContext(schema, Map.of());
        }

        @Override
        public void prepareForWrite(RecordConsumer consumer) {
            out = consumer;
        }

        @Override
        public void write(T value) {
            out.startMessage();
            row.accept(value, new ParquetRows(schema, out));
            out.endMessage();
        }
    }
}
