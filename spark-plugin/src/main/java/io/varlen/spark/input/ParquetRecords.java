package io.varlen.spark.input;

import io.varlen.InvalidInputException;
import java.io.Closeable;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
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
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordMaterializer;
import org.apache.parquet.schema.MessageType;

/**
 * The records of a Parquet file, or of those of its row groups whose middle lies in a range of bytes, with their row
 * index. What cannot be decoded is an {@link UnreadableContentException}, what does not fit into memory an {@link
 * InvalidInputException}.
 */
public final class ParquetRecords<T> implements Closeable {
    private final Path path;
    private final ParquetFileReader reader;
    private MessageType projection;
    private RecordMaterializer<T> materializer;
    private MessageColumnIO columns;
    private RecordReader<T> rowGroup;
    private long left;
    private long index = -1;

    private ParquetRecords(Path path, ParquetFileReader reader) {
        this.path = path;
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
            return new ParquetRecords<>(path, ParquetFileReader.open(HadoopInputFile.fromPath(path, hadoop), options));
        } catch (IOException | RuntimeException e) {
            throw failure(e);
        } catch (OutOfMemoryError e) {
            throw tooLarge(path, e);
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
        } catch (OutOfMemoryError e) {
            throw tooLarge(path, e);
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

    /**
     * The bytes of a value.
     *
     * @throws IllegalArgumentException if its length, which is read from the file, is not that of bytes that are there
     */
    public static byte[] bytes(Binary value) {
        ByteBuffer there = value.toByteBuffer(); // getBytes would allocate whatever the file says
        byte[] bytes = new byte[there.remaining()];
        there.get(bytes);
        return bytes;
    }

    /**
     * Sizes of pages are believed before they are read, so damage can ask for any memory. That is no bad record, which would be
     * left out under quarantine: it may be a sound file for which there is too little.
     */
    private static InvalidInputException tooLarge(Path path, OutOfMemoryError e) {
        return new InvalidInputException(
                path + " cannot be read in a heap of "
                        + (Runtime.getRuntime().maxMemory() >> 20) + " MiB (" + e.getMessage()
                        + "): it is damaged, or its row groups are too large; write it anew with smaller ones, or raise"
                        + " spark.executor.memory (spark.driver.memory in local mode)",
                e);
    }

    /** Tells what is wrong with the content from what is wrong with the file system. */
    private static IOException failure(Exception e) {
        boolean fileSystem = e instanceof IOException
                && !(e instanceof EOFException)
                && (e.getCause() == null ? !isThrownByParquet(e) : e.getCause() instanceof IOException);
        if (fileSystem || e instanceof FileNotFoundException) {
            return (IOException) e;
        }
        return new UnreadableContentException("cannot be read as Parquet (" + firstLine(e) + ")", e);
    }

    /** Counts that do not fit together are an IOException like any other. */
    private static boolean isThrownByParquet(Exception e) {
        StackTraceElement[] stack = e.getStackTrace();
        return stack.length > 0 && stack[0].getClassName().startsWith("org.apache.parquet.");
    }

    private static String firstLine(Throwable e) {
        return e.getMessage() == null
                ? e.toString()
                : e.getMessage().lines().findFirst().orElse(e.toString());
    }
}
