package io.varlen.spark.dataset;

import io.varlen.packing.Digest;
import io.varlen.packing.PackedRow;
import io.varlen.packing.RowHash;
import io.varlen.packing.Segment;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.Binary;

/** Writes packed rows to one Parquet file, with their checksums, and sums up their digest. */
public final class PackedRowWriter implements Closeable {
    private static final String LIST = ".list.element";

    private final ColumnFile file;
    private final boolean lossMask;
    private final List<DerivedColumn> emit;
    private final int firstSource;
    private final RowHash rowHash = new RowHash();
    private final Digest digest = new Digest();
    private long rows;

    /**
     * @param lossMask whether the rows have a loss mask; all do or none
     * @param emit the derived columns to write
     */
    public PackedRowWriter(OutputFile file, Configuration hadoop, boolean lossMask, List<DerivedColumn> emit)
            throws IOException {
        this(file, hadoop, lossMask, emit, 0);
    }

    /** @param firstSource is added to the sources of the segments */
    public PackedRowWriter(
            OutputFile file, Configuration hadoop, boolean lossMask, List<DerivedColumn> emit, int firstSource)
            throws IOException {
        ParquetProperties properties = ParquetProperties.builder()
                // no dictionary of token ids: it costs time, and zstd does better without it
                .withValuesWriterFactory(new PlainInts.Factory())
                // rows may be long
                .withMinRowCountForPageSizeCheck(1)
                .build();
        this.file = new ColumnFile(file, hadoop, PackedRowSchema.of(lossMask, emit), properties);
        this.lossMask = lossMask;
        this.emit = emit;
        this.firstSource = firstSource;
    }

    public void write(PackedRow row) throws IOException {
        byte[] hash = rowHash.of(row);
        digest.add(hash);
        rows++;
        file.column(PackedRowSchema.ROW_ID).write(row.rowId(), 0, 0);
        ints(PackedRowSchema.INPUT_IDS, row.inputIds());
        file.column(PackedRowSchema.N_TOKENS).write(row.nTokens(), 0, 0);
        ints(PackedRowSchema.CU_SEQLENS, row.cuSeqlens().toArray());
        segments(row.segments());
        file.column(PackedRowSchema.CHECKSUM).write(RowHash.checksum(hash), 0, 0);
        if (lossMask) {
            bytes(PackedRowSchema.LOSS_MASK, row.lossMask());
        }
        for (DerivedColumn column : emit) {
            ints(column.columnName(), column.of(row));
        }
        file.endRow();
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
        file.close();
    }

    // A list's first element has repetition level 0, the others 1; all have definition level 1. No list is empty.

    private void ints(String name, int[] values) {
        ColumnWriter column = file.column(name + LIST);
        for (int i = 0; i < values.length; i++) {
            column.write(values[i], i == 0 ? 0 : 1, 1);
        }
    }

    private void bytes(String name, byte[] values) {
        ColumnWriter column = file.column(name + LIST);
        for (int i = 0; i < values.length; i++) {
            column.write((int) values[i], i == 0 ? 0 : 1, 1);
        }
    }

    private void segments(List<Segment> segments) {
        ColumnWriter docId = segmentColumn(PackedRowSchema.DOC_ID);
        ColumnWriter source = segmentColumn(PackedRowSchema.SOURCE);
        ColumnWriter chunk = segmentColumn(PackedRowSchema.CHUNK);
        ColumnWriter tokenStart = segmentColumn(PackedRowSchema.TOKEN_START);
        ColumnWriter tokenCount = segmentColumn(PackedRowSchema.TOKEN_COUNT);
        int repetition = 0;
        for (Segment segment : segments) {
            docId.write(Binary.fromString(segment.docId()), repetition, 1);
            source.write(firstSource + segment.source(), repetition, 1);
            chunk.write(segment.chunk(), repetition, 1);
            tokenStart.write(segment.tokenStart(), repetition, 1);
            tokenCount.write(segment.tokenCount(), repetition, 1);
            repetition = 1;
        }
    }

    private ColumnWriter segmentColumn(String name) {
        return file.column(PackedRowSchema.SEGMENTS + LIST + "." + name);
    }
}
