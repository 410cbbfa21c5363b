package io.varlen.spark.input;

import java.io.Closeable;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.io.api.RecordMaterializer;
import org.apache.parquet.schema.MessageType;

/**
 * The records of a Parquet file, or of those of its row groups whose middle lies in a range of bytes, with their row
 * index. What cannot be decoded is an {@link UnreadableContentException}.
 */
public final class ParquetRecords<T> implements Closeable {
    private final ParquetFileReader reader;
    private MessageType projection;
    private RecordMaterializer<T> materializer;
    private MessageColumnIO columns;
    private RecordReader<T> rowGroup;
    private long left;
    private long index = -1;

    private ParquetRecords(ParquetFileReader reader) {
        this.reader = reader;
    }

    /** Opens the whole file. */
    public static <T> ParquetRecords<T> open(Path path, Configuration hadoop) throws IOException {
        return open(path, 0, Long.MAX_VALUE, hadoop);
    }

    static <T> ParquetRecords<T> open(Path path, long start, long end, Configuration hadoop) throws IOException {
        ParquetReadOptions options =
                HadoopReadOptions.builder(hadoop).withRange(start, end).build();
        try {
            return new ParquetRecords<>(ParquetFileReader.open(HadoopInputFile.fromPath(path, hadoop), options));
        } catch (IOException | RuntimeException e) {
            throw failure(e);
        }
    }

    /** The schema of the file. */
    public MessageType schema() {
        return reader.getFileMetaData().getSchema();
    }

    /** The rows that there will be. */
    public long rows() {
        return reader.getRecordCount();
    }

    /** The index of the first row; 0 if there is none. */
    long firstRow() {
        List<BlockMetaData> rowGroups = reader.getRowGroups();
        return rowGroups.isEmpty() ? 0 : rowGroups.get(0).getRowIndexOffset();
    }

    /** Says which columns to read and what to make of them; before the first record. */
    public void project(MessageType columnsToRead, RecordMaterializer<T> made) {
        projection = columnsToRead;
        materializer = made;
        reader.setRequestedSchema(projection);
        columns = new ColumnIOFactory(reader.getFileMetaData().getCreatedBy()).getColumnIO(projection, schema());
    }

    /** The next record; null at the end. */
    public T next() throws IOException {
        try {
            while (left == 0) {
                PageReadStore pages = reader.readNextRowGroup();
                if (pages == null) {
                    return null;
                }
                index = pages.getRowIndexOffset().orElseThrow() - 1;
                left = pages.getRowCount();
                rowGroup = columns.getRecordReader(pages, materializer);
            }
            left--;
            index++;
            return rowGroup.read();
        } catch (IOException | RuntimeException e) {
            throw failure(e);
        }
    }

    /** The row index of the last record in its file. */
    public long index() {
        return index;
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }

    /** Tells what is wrong with the content from what is wrong with the file system. */
    private static IOException failure(Exception e) {
        boolean fileSystem = e instanceof IOException
                && !(e instanceof EOFException)
                && (e.getCause() == null || e.getCause() instanceof IOException);
        if (fileSystem || e instanceof FileNotFoundException) {
            return (IOException) e;
        }
        return new UnreadableContentException("cannot be read as Parquet (" + firstLine(e) + ")", e);
    }

    private static String firstLine(Throwable e) {
        return e.getMessage() == null
                ? e.toString()
                : e.getMessage().lines().findFirst().orElse(e.toString());
    }
}
