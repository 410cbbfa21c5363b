package io.varlen.spark.export;

import io.varlen.InvalidInputException;
import io.varlen.packing.PackedRow;
import io.varlen.packing.RowCheck;
import io.varlen.packing.RowHash;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.dataset.StoredRow;
import io.varlen.spark.internal.HadoopConfiguration;
import java.io.Serializable;
import org.apache.spark.api.java.function.Function;

/**
 * Exports one part of a packed dataset as one unit, in a task. Rows go through one by one, each against its checksum: what
 * is damaged is not exported.
 *
 * @param reader gives the rows of a part
 * @param staging where the unit is written
 */
public record UnitExporter(
        ExportFormat format,
        DatasetShape dataset,
        Function<String, PackedDataset.Rows> reader,
        Staging staging,
        HadoopConfiguration hadoop)
        implements Serializable {

    /** @throws InvalidInputException if the part is damaged or the format cannot hold it, naming the row */
    public void export(ExportUnit part) throws Exception {
        try (Staging.Unit attempt = staging.begin(part.unit());
                PackedDataset.Rows rows = reader.call(part.part())) {
            if (!rows.hasNext()) { // a part without rows becomes no file, which many readers refuse
                requireRows(part, 0);
                attempt.complete(0, ExportCounts.NONE.toJson());
                return;
            }
            RowExporter exporter = format.open(attempt, new PartShape(dataset, part.part(), part.rows(), hadoop.get()));
            ExportCounter counter = new ExportCounter();
            try (exporter) {
                while (rows.hasNext()) {
                    exporter.write(sound(rows.next(), counter));
                }
                requireRows(part, counter.counts().rows());
            }
            ExportCounts counts = counter.counts();
            attempt.complete(counts.rows(), exporter.rowsOfFiles(), counts.toJson());
        }
    }

    private PackedRow sound(StoredRow stored, ExportCounter counter) {
        PackedRow row = stored.toPackedRow(new RowCheck(dataset.seqLen(), dataset.padId()));
        if (dataset.lossMask() != (row.lossMask() != null)) {
            throw new InvalidInputException(stored + " is damaged: it has " + (dataset.lossMask() ? "no" : "a")
                    + " loss_mask; verify lists all damage");
        }
        byte[] hash = counter.add(row);
        if (stored.checksum() == null || stored.checksum() != RowHash.checksum(hash)) {
            throw new InvalidInputException(
                    stored + " is damaged: its checksum is not that of its contents; verify lists all damage");
        }
        return row;
    }

    private static void requireRows(ExportUnit part, long rows) {
        if (rows != part.rows()) {
            throw new InvalidInputException(part.part() + " is damaged: it has " + rows + " rows, the manifest counts "
                    + part.rows() + "; verify lists all damage");
        }
    }
}
