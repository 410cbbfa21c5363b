package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.packing.PackedRow;
import io.varlen.packing.PackingRules;
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
    private final PackingRules rules;
    private final int padId;
    private final boolean masked;
    private final int sources;
    private final List<DerivedColumn> emitted;

    /** @param affected one partition per affected part, by its index in the manifest */
    PartChange(GroupPartitioner affected, PackedDataset dataset) {
        this.affected = affected;
        this.files =
                dataset.manifest().parts().stream().map(Manifest.Part::file).toList();
        this.reader = dataset.reader();
        Manifest.PackingEntry packing = dataset.manifest().packing();
        this.rules = packing.rules();
        this.padId = packing.padId();
        this.masked = packing.lossMask();
        this.sources = packing.ledger().sources().size();
        this.emitted = packing.emit().stream().map(DerivedColumn::ofName).toList();
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

    int padId() {
        return padId;
    }

    boolean masked() {
        return masked;
    }

    int sources() {
        return sources;
    }

    List<DerivedColumn> emitted() {
        return emitted;
    }

    StoredRowCheck rowCheck() {
        return new StoredRowCheck(rules, padId, masked, sources, emitted);
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
        return row.toPackedRow(new RowCheck(rules.limits().seqLen(), padId));
    }

    static Set<String> ids(Iterator<Tuple2<Integer, String>> records) {
        Set<String> ids = new HashSet<>();
        records.forEachRemaining(record -> ids.add(record._2()));
        return ids;
    }
}
