package io.varlen.spark.export;

import io.varlen.packing.PackedRow;
import io.varlen.spark.dataset.UnitFile;
import java.io.Closeable;
import java.io.IOException;
import java.util.Map;

/** Writes the rows of one part in one format. There is at least one row. */
interface RowExporter extends Closeable {
    /** @throws io.varlen.InvalidInputException if the format cannot hold the row */
    void write(PackedRow row) throws IOException;

    /** Ends all files; behind the last row. */
    @Override
    void close() throws IOException;

    /** The files that hold not all rows of the unit, with how many they hold. */
    default Map<UnitFile, Long> rowsOfFiles() {
        return Map.of();
    }
}
