package io.varlen.spark.dataset;

import java.io.Closeable;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.bytes.HeapByteBufferAllocator;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.ColumnChunkPageWriteStore;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.schema.MessageType;

/**
 * A Parquet file that is written column by column, row after row.
 *
 * <p>Parquet's record writers take each value as five events, which for lists of millions of token ids cost as much as
 * tokenizing did; these columns take the values as they are.
 */
final class ColumnFile implements Closeable {
    /** Bounds what is kept in memory. */
    private static final long ROW_GROUP_BYTES = 64L << 20;

    private final MessageType schema;
    private final int rowGroupRows;
    private final ParquetProperties properties;
    private final CodecFactory codecs;
    private final ParquetFileWriter file;
    private ColumnChunkPageWriteStore pages;
    private ColumnWriteStore columns;
    private final Map<String, ColumnWriter> writers = new HashMap<>();
    private long rows;

    /**
     * @param tokenIds columns that get no dictionary: it costs time, and zstd does better without it
     * @param rowGroupRows the most rows of a row group, which holds fewer where rows are long
     */
    ColumnFile(OutputFile file, Configuration hadoop, MessageType schema, Set<String> tokenIds, int rowGroupRows)
            throws IOException {
        this.schema = schema;
        this.rowGroupRows = rowGroupRows;
        this.properties = ParquetProperties.builder()
                .withValuesWriterFactory(new PlainInts.Factory(tokenIds))
                // rows may be long
                .withMinRowCountForPageSizeCheck(1)
                .build();
        this.codecs = new CodecFactory(hadoop, properties.getPageSizeThreshold());
        this.file = new ParquetFileWriter(
                file,
                schema,
                ParquetFileWriter.Mode.CREATE,
                ROW_GROUP_BYTES,
                0,
                properties.getColumnIndexTruncateLength(),
                properties.getStatisticsTruncateLength(),
                properties.getPageWriteChecksumEnabled());
        this.file.start();
        startRowGroup();
    }

    /** The column at {@code path}, whose names are joined by dots, for this row only. */
    ColumnWriter column(String path) {
        return writers.computeIfAbsent(path, p -> columns.getColumnWriter(schema.getColumnDescription(p.split("\\."))));
    }

    /** Ends the row; each column has to have something for it. */
    void endRow() throws IOException {
        rows++;
        columns.endRecord();
        if (rows >= rowGroupRows || columns.getBufferedSize() >= ROW_GROUP_BYTES) {
            endRowGroup();
            startRowGroup();
        }
    }

    @Override
    public void close() throws IOException {
        try {
            if (rows > 0) {
                endRowGroup();
            }
            file.end(Map.of());
        } finally {
            codecs.release();
        }
    }

    @SuppressWarnings("deprecation") // its successor is not in the Parquet of Spark 3.5
    private void startRowGroup() {
        pages = new ColumnChunkPageWriteStore(
                codecs.getCompressor(CompressionCodecName.ZSTD),
                schema,
                new HeapByteBufferAllocator(),
                properties.getColumnIndexTruncateLength(),
                properties.getPageWriteChecksumEnabled());
        columns = properties.newColumnWriteStore(schema, pages);
        rows = 0;
    }

    private void endRowGroup() throws IOException {
        file.startBlock(rows);
        columns.flush();
        pages.flushToFileWriter(file);
        file.endBlock();
        columns.close();
        writers.clear();
        rows = 0;
    }
}
