package io.varlen.spark.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.varlen.packing.Digest;
import io.varlen.packing.LengthHistogram;
import io.varlen.packing.RowLimits;
import io.varlen.spark.dataset.Ledger;
import io.varlen.spark.dataset.OutputFolder.CompleteUnit;
import io.varlen.spark.input.Survey;
import io.varlen.spark.internal.Json;
import java.util.Collection;
import java.util.LinkedHashMap;

/**
 * All units together.
 *
 * @param documents the lengths of the documents that have tokens
 * @param lengths of the segments
 * @param ledger balanced, and with every document that the survey saw
 */
record PackSummary(long rows, LengthHistogram documents, LengthHistogram lengths, Digest digest, Ledger ledger) {

    /** @throws IllegalStateException if tokens or documents were lost or made up */
    static PackSummary of(Collection<CompleteUnit> units, Survey survey) {
        long rows = 0;
        LengthHistogram documents = new LengthHistogram();
        LengthHistogram lengths = new LengthHistogram();
        Digest digest = new Digest();
        Ledger ledger = new Ledger(survey.sources().stream()
                .map(source -> Ledger.Entry.quarantined(source.badRecords()))
                .toList());
        for (CompleteUnit unit : units) {
            UnitDetails details = details(unit);
            rows += unit.rows();
            documents.merge(details.documents().toHistogram());
            lengths.merge(details.lengths().toHistogram());
            digest.merge(Digest.ofHex(details.digest()));
            ledger = ledger.plus(details.ledger());
        }
        requireAllDocuments(ledger.requireBalanced(), survey);
        return new PackSummary(rows, documents, lengths, digest, ledger);
    }

    /** The tokens of one unit. */
    static long packedTokens(CompleteUnit unit) {
        return details(unit).ledger().total().packedTokens();
    }

    /** What {@code --json} prints, but for the time that it took. */
    LinkedHashMap<String, Object> figures(RowLimits limits) {
        int seqLen = limits.seqLen();
        Ledger.Entry total = ledger.total();
        long slots = Math.multiplyExact(rows, (long) seqLen);
        LinkedHashMap<String, Object> figures = new LinkedHashMap<>();
        figures.put("documents", total.documents());
        figures.put("empty_documents", total.emptyDocuments());
        figures.put("dropped_documents", total.droppedDocuments());
        figures.put("quarantined_documents", total.quarantinedDocuments());
        figures.put("source_tokens", total.sourceTokens());
        figures.put("added_special_tokens", total.addedSpecialTokens());
        figures.put("repeated_tokens", total.repeatedTokens());
        figures.put("packed_tokens", total.packedTokens());
        figures.put("padding_tokens", slots - total.packedTokens());
        figures.put("segment_padding_tokens", segmentPadding(limits));
        figures.put("dropped_tokens", total.droppedTokens());
        figures.put("truncated_tokens", total.truncatedTokens());
        figures.put("rows", rows);
        figures.put("seq_len", seqLen);
        figures.put("efficiency", slots == 0 ? 1.0 : (double) total.packedTokens() / slots);
        figures.put("digest", digest.hex());
        return figures;
    }

    /** The part of the padding that keeps segments at their multiple. */
    private long segmentPadding(RowLimits limits) {
        long padding = 0;
        for (int length : lengths.lengths()) {
            padding += lengths.count(length) * (limits.slots(length) - length);
        }
        return padding;
    }

    private static UnitDetails details(CompleteUnit unit) {
        try {
            return Json.read(unit.details(), UnitDetails.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("unit " + unit.unit() + " has no readable details", e);
        }
    }

    private static void requireAllDocuments(Ledger ledger, Survey survey) {
        for (int source = 0; source < survey.sources().size(); source++) {
            Survey.SourceSurvey surveyed = survey.sources().get(source);
            long documents = surveyed.documents() + surveyed.badRecords();
            if (ledger.sources().get(source).documents() != documents) {
                throw new IllegalStateException("the survey saw " + documents + " documents in source " + source
                        + ", packed were " + ledger.sources().get(source).documents()
                        + ": the input changed while it was read");
            }
        }
    }
}
