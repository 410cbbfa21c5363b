package io.varlen.spark.dataset;

import io.varlen.packing.Digest;
import io.varlen.packing.PackedRow;
import io.varlen.packing.RowHash;
import io.varlen.packing.Segment;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;

/** Writes packed rows to one Parquet file, with their checksums, and sums up their digest. */
public final class PackedRowWriter implements Closeable {
    /** Bounds what a writer keeps in memory. */
    private static final long ROW_GROUP_BYTES = 64L << 20;

    private final ParquetWriter<HashedRow> writer;
    private final RowHash rowHash = new RowHash();
    private final Digest digest = new Digest();
    private long rows;

    private record HashedRow(PackedRow row, long checksum) {}

    /**
     * @param lossMask whether the rows have a loss mask; all do or none
     * @param emit the derived columns to write
     */
    public PackedRowWriter(OutputFile file, Configuration hadoop, boolean lossMask, List<DerivedColumn> emit)
            throws IOException {
        this.writer = new Builder(file, lossMask, emit)
                .withConf(hadoop)
                .withCompressionCodec(CompressionCodecName.ZSTD)
                .withRowGroupSize(ROW_GROUP_BYTES)
                // a dictionary of token ids costs time, and zstd does better without it
                .withDictionaryEncoding(PackedRowSchema.INPUT_IDS + ".list.element", false)
                .build();
    }

    public void write(PackedRow row) throws IOException {
        byte[] hash = rowHash.of(row);
        digest.add(hash);
        writer.write(new HashedRow(row, RowHash.checksum(hash)));
        rows++;
    }

    /** The rows written. */
    public long rows() {
        return rows;
    }

    /** The sum of their hashes. */
    public Digest digest() {
        return digest;
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }

    private static final class Builder extends ParquetWriter.Builder<HashedRow, Builder> {
        private final boolean lossMask;
        private final List<DerivedColumn> emit;

        Builder(OutputFile file, boolean lossMask, List<DerivedColumn> emit) {
            super(file);
            this.lossMask = lossMask;
            this.emit = emit;
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        @SuppressWarnings("deprecation") // its successor is not in the Parquet of Spark 3.5
        protected WriteSupport<HashedRow> getWriteSupport(Configuration hadoop) {
            return new Support(lossMask, emit);
        }
    }

    /** Rows as events of Parquet's record model, columns in the order of the schema. */
    private static final class Support extends WriteSupport<HashedRow> {
        private final boolean lossMask;
        private final List<DerivedColumn> emit;
        private final MessageType schema;
        private RecordConsumer out;

        Support(boolean lossMask, List<DerivedColumn> emit) {
            this.lossMask = lossMask;
            this.emit = emit;
            this.schema = PackedRowSchema.of(lossMask, emit);
        }

        @Override
        @SuppressWarnings("deprecation") // its successor is not in the Parquet of Spark 3.5
        public WriteContext init(Configuration hadoop) {
            return new WriteContext(schema, Map.of());
        }

        @Override
        public void prepareForWrite(RecordConsumer consumer) {
            out = consumer;
        }

        @Override
        public void write(HashedRow hashed) {
            PackedRow row = hashed.row();
            out.startMessage();
            int field = 0;
            field(PackedRowSchema.ROW_ID, field++, () -> out.addLong(row.rowId()));
            field(PackedRowSchema.INPUT_IDS, field++, () -> ints(row.inputIds()));
            field(PackedRowSchema.N_TOKENS, field++, () -> out.addInteger(row.nTokens()));
            field(
                    PackedRowSchema.CU_SEQLENS,
                    field++,
                    () -> ints(row.cuSeqlens().toArray()));
            field(PackedRowSchema.SEGMENTS, field++, () -> segments(row.segments()));
            field(PackedRowSchema.CHECKSUM, field++, () -> out.addLong(hashed.checksum()));
            if (lossMask) {
                field(PackedRowSchema.LOSS_MASK, field++, () -> bytes(row.lossMask()));
            }
            for (DerivedColumn column : emit) {
                field(column.columnName(), field++, () -> ints(column.of(row)));
            }
            out.endMessage();
        }

        private void ints(int[] values) {
            list(values.length, i -> out.addInteger(values[i]));
        }

        private void bytes(byte[] values) {
            list(values.length, i -> out.addInteger(values[i]));
        }

        private void segments(List<Segment> segments) {
            list(segments.size(), i -> segment(segments.get(i)));
        }

        private interface Values {
            void write();
        }

        private interface Element {
            void write(int index);
        }

        private void field(String name, int index, Values values) {
            out.startField(name, index);
            values.write();
            out.endField(name, index);
        }

        private void list(int size, Element element) {
            out.startGroup();
            if (size > 0) {
                out.startField("list", 0);
                for (int i = 0; i < size; i++) {
                    out.startGroup();
                    out.startField("element", 0);
                    element.write(i);
                    out.endField("element", 0);
                    out.endGroup();
                }
                out.endField("list", 0);
            }
            out.endGroup();
        }

        private void segment(Segment segment) {
            out.startGroup();
            field(PackedRowSchema.DOC_ID, 0, () -> out.addBinary(Binary.fromString(segment.docId())));
            field(PackedRowSchema.SOURCE, 1, () -> out.addInteger(segment.source()));
            field(PackedRowSchema.CHUNK, 2, () -> out.addInteger(segment.chunk()));
            field(PackedRowSchema.TOKEN_START, 3, () -> out.addLong(segment.tokenStart()));
            field(PackedRowSchema.TOKEN_COUNT, 4, () -> out.addInteger(segment.tokenCount()));
            out.endGroup();
        }
    }
}
