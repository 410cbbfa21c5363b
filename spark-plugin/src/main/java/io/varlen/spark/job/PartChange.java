package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.packing.PackedRow;
import io.varlen.packing.RowCheck;
import io.varlen.spark.dataset.DerivedColumn;
import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.dataset.StoredRow;
import java.io.Serializable;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.spark.api.java.function.Function;
import scala.Tuple2;

/** What a task needs to know that works on an affected part: which one, and how to read its rows. */
final class PartChange implements Serializable {
    private final GroupPartitioner affected;
    private final List<String> files;
    private final Function<String, PackedDataset.Rows> reader;
    private final Manifest.PackingEntry packing;

    /** @param affected one partition per affected part, by its index in the manifest */
    PartChange(GroupPartitioner affected, PackedDataset dataset) {
        this.affected = affected;
        this.files =
                dataset.manifest().parts().stream().map(Manifest.Part::file).toList();
        this.reader = dataset.reader();
        this.packing = dataset.manifest().packing();
    }

    int part(int partition) {
        return affected.group(partition);
    }

    String file(int part) {
        return files.get(part);
    }

    PackedDataset.Rows read(int part) throws Exception {
        return reader.call(file(part));
    }

    Manifest.PackingEntry packing() {
        return packing;
    }

    int sources() {
        return packing.ledger().sources().size();
    }

    List<DerivedColumn> emitted() {
        return packing.emit().stream().map(DerivedColumn::ofName).toList();
    }

    StoredRowCheck rowCheck() {
        return new StoredRowCheck(packing.rules(), packing.padId(), packing.lossMask(), sources(), emitted());
    }

    /**
     * The row's hash. A row that is damaged must not be written anew, or its damage would get a fitting checksum.
     *
     * @throws InvalidInputException if the row is damaged in any way
     */
    static byte[] requireSound(StoredRow row, StoredRowCheck check) {
        return check.check(row, (column, problem) -> {
            throw new InvalidInputException(
                    row + " is damaged: " + column + " " + problem + "; nothing was removed, verify lists all damage");
        });
    }

    PackedRow sound(StoredRow row) {
        return row.toPackedRow(new RowCheck(packing.seqLen(), packing.padId()));
    }

    static Set<String> ids(Iterator<Tuple2<Integer, String>> records) {
        Set<String> ids = new HashSet<>();
        records.forEachRemaining(record -> ids.add(record._2()));
        return ids;
    }
}
