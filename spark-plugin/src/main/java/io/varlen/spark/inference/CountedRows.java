package io.varlen.spark.inference;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.apache.parquet.hadoop.ParquetWriter;

/**
 * Writes the rows of a unit and counts them.
 *
 * @param <R> a row
 * @param <C> what is counted
 */
public final class CountedRows<R, C> implements Consumer<R> {
    private final ParquetWriter<R> writer;
    private final BiFunction<C, R, C> plus;
    private C counts;

    /**
     * @param writer closed by its owner
     * @param counts those of no row
     * @param plus adds a row
     */
    public CountedRows(ParquetWriter<R> writer, C counts, BiFunction<C, R, C> plus) {
        this.writer = writer;
        this.counts = counts;
        this.plus = plus;
    }

    /** @throws UncheckedIOException if the row cannot be written */
    @Override
    public void accept(R row) {
        try {
            writer.write(row);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        counts = plus.apply(counts, row);
    }

    /** Those of all rows so far. */
    public C counts() {
        return counts;
    }
}
