package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.packing.LengthHistogram;
import io.varlen.spark.dataset.Ledger;
import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.PackedDataset;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/** Compares what is in a packed dataset's folder with what its manifest says, and gathers all findings. */
final class DatasetCheck {
    private final Manifest manifest;
    private final Manifest.PackingEntry packing;
    private final PartSummary sum;
    private final Map<String, Long> rowsByPart = new HashMap<>();
    private final long[] documentsBySource;

    DatasetCheck(Manifest manifest, int kept) {
        this.manifest = manifest;
        this.packing = manifest.packing();
        int sources = packing.ledger().sources().size();
        this.sum = new PartSummary(null, sources, kept);
        this.documentsBySource = new long[sources];
    }

    /**
     * Checks that exactly the manifest's parts are in the folder, with their sizes.
     *
     * @return the names of those that are
     */
    List<String> checkParts(Configuration hadoop, String folder) {
        Map<String, Long> sizes = dataFiles(hadoop, folder);
        List<String> present = new ArrayList<>();
        for (Manifest.Part part : manifest.parts()) {
            Long bytes = sizes.remove(part.file());
            if (bytes == null) {
                damaged(part.file(), "is missing; the manifest lists it with " + part.rows() + " rows");
            } else {
                present.add(part.file());
                expect(part.file(), "bytes", part.bytes(), bytes);
            }
        }
        sizes.keySet().forEach(file -> damaged(file, "is in the folder, but the manifest does not list it"));
        return present;
    }

    /** Checks that the copy of the tokenizer's files is whole. */
    void checkTokenizer(PackedDataset dataset) {
        try {
            dataset.tokenizer();
        } catch (InvalidInputException e) {
            damaged(null, e.getMessage());
        }
    }

    /** Takes in what the rows of one part add up to. */
    void add(PartSummary part) {
        sum.merge(part);
        rowsByPart.put(part.part, part.rows);
    }

    /** Takes in what rows say of each other. */
    void add(RowFactCheck.Outcome outcome) {
        sum.findings.merge(outcome.findings());
        for (int i = 0; i < documentsBySource.length; i++) {
            documentsBySource[i] += outcome.documentsBySource()[i];
        }
    }

    /** Compares the sums with the manifest's, when everything has been taken in. */
    void checkTotals() {
        for (Manifest.Part part : manifest.parts()) {
            if (rowsByPart.containsKey(part.file())) {
                expect(part.file(), "rows", part.rows(), rowsByPart.get(part.file()));
            }
        }
        expect(null, "rows", packing.rows(), sum.rows);
        List<Ledger.Entry> ledger = packing.ledger().sources();
        for (int i = 0; i < ledger.size(); i++) {
            expect(null, "packed tokens of source " + i, ledger.get(i).packedTokens(), sum.tokensBySource[i]);
            expect(null, "packed documents of source " + i, ledger.get(i).packedDocuments(), documentsBySource[i]);
            checkBalance(i, ledger.get(i));
        }
        LengthHistogram lengths = packing.lengths().toHistogram();
        if (!lengths.equals(sum.lengths)) {
            damaged(null, "the manifest's length histogram is of " + lengths + ", but the rows hold " + sum.lengths);
        }
        checkDocumentLengths();
        expect(null, "digest", packing.digest(), sum.digest.hex());
        checkFigures();
    }

    /** Beside the ledger: which documents are in which rows takes more than one look at each row. */
    private void checkDocumentLengths() {
        if (packing.documents() == null) {
            return;
        }
        Ledger.Entry total = packing.ledger().total();
        LengthHistogram documents = packing.documents().toHistogram();
        String what = "the manifest's histogram of documents is of ";
        if (documents.total() != total.packedDocuments() + total.droppedDocuments()) {
            damaged(
                    null,
                    what + documents + ", but its ledger has " + total.packedDocuments() + " packed and "
                            + total.droppedDocuments() + " dropped ones");
        }
        long tokens = total.packedTokens() - total.repeatedTokens() + total.droppedTokens() + total.truncatedTokens();
        if (total.removedDocuments() == 0 && documents.tokens() != tokens) {
            damaged(null, what + documents.tokens() + " tokens, but its ledger has " + tokens);
        }
    }

    /**
     * Compares how many documents are listed as empty, dropped or removed and how many records as bad. The lists of packing
     * still name what was removed since.
     */
    void checkListed(long empty, long dropped, long quarantined, long removed) {
        Ledger.Entry total = packing.ledger().total();
        List<Manifest.Removal> removals = manifest.allRemovals();
        long removedEmpty =
                removals.stream().mapToLong(Manifest.Removal::emptyDocuments).sum();
        long removedDropped =
                removals.stream().mapToLong(Manifest.Removal::droppedDocuments).sum();
        expect("_varlen/empty", "empty documents", total.emptyDocuments() + removedEmpty, empty);
        expect("_varlen/dropped", "dropped documents", total.droppedDocuments() + removedDropped, dropped);
        expect("_varlen/removed", "removed documents", total.removedDocuments(), removed);
        expect("_varlen/quarantine", "quarantined documents", total.quarantinedDocuments(), quarantined);
    }

    VerifyReport report(double seconds) {
        LinkedHashMap<String, Object> figures = new LinkedHashMap<>(soundFigures());
        figures.put("parts", manifest.parts().size());
        figures.put("damaged", sum.findings.count());
        figures.put(
                "findings", sum.findings.first().stream().map(Finding::figures).toList());
        figures.put("seconds", seconds);
        figures.put("tokens_per_second", Math.round(sum.tokens / seconds));
        return new VerifyReport(new JobReport("verify", false, figures), sum.findings.count(), sum.findings.first());
    }

    private static Map<String, Long> dataFiles(Configuration hadoop, String folder) {
        try {
            Path path = new Path(folder);
            Map<String, Long> sizes = new TreeMap<>();
            for (FileStatus file : path.getFileSystem(hadoop).listStatus(path)) {
                if (!file.getPath().getName().matches("[._].*")) {
                    sizes.put(file.getPath().getName(), file.getLen());
                }
            }
            return sizes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void checkBalance(int source, Ledger.Entry e) {
        expect(
                null,
                "packed, dropped, truncated and removed tokens together of source " + source,
                e.packedTokens() + e.droppedTokens() + e.truncatedTokens() + e.removedTokens(),
                e.sourceTokens() + e.addedSpecialTokens() + e.repeatedTokens());
        expect(
                null,
                "packed, empty, dropped, quarantined and removed documents together of source " + source,
                e.packedDocuments()
                        + e.emptyDocuments()
                        + e.droppedDocuments()
                        + e.quarantinedDocuments()
                        + e.removedDocuments(),
                e.documents());
    }

    /** The manifest's own figures against what was counted. */
    private void checkFigures() {
        soundFigures().forEach((name, counted) -> {
            Object stated = manifest.figures().get(name);
            if (stated != null) {
                expect(null, "figure " + name, stated.toString(), counted.toString());
            }
        });
    }

    private Map<String, Object> soundFigures() {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("rows", sum.rows);
        figures.put("seq_len", packing.seqLen());
        figures.put("packed_documents", Arrays.stream(documentsBySource).sum());
        figures.put("segments", sum.lengths.total());
        figures.put("packed_tokens", sum.tokens);
        figures.put("padding_tokens", sum.rows * packing.seqLen() - sum.tokens);
        figures.put("digest", sum.digest.hex());
        return figures;
    }

    private void expect(String part, String what, Object stated, Object counted) {
        if (!stated.equals(counted)) {
            damaged(part, what + ": the manifest says " + stated + ", but there are " + counted);
        }
    }

    private void damaged(String part, String problem) {
        sum.findings.add(new Finding(part, null, null, null, problem));
    }
}
