package io.varlen.spark.job;

import io.varlen.Sha256;
import io.varlen.packing.Digest;
import io.varlen.packing.LengthHistogram;
import io.varlen.spark.dataset.Ledger;
import io.varlen.spark.job.NamedDocument.State;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** What the documents that are named for removal add up to. Mutable; partial ones are merged. */
final class Selection implements Serializable {
    private final long[] counts = new long[State.values().length];
    private final Ledger.Entry[] changes;
    private final long[] tokensInRows;
    private final LengthHistogram documents = new LengthHistogram();
    private final BitSet parts = new BitSet();
    private final Digest identity = new Digest();

    /** @param sources how many inputs the dataset was packed from */
    Selection(int sources) {
        this.changes = new Ledger.Entry[sources];
        Arrays.fill(changes, Ledger.Entry.ZERO);
        this.tokensInRows = new long[sources];
    }

    Selection add(NamedDocument document) {
        counts[document.state().ordinal()]++;
        if (document.isThere()) {
            identity.add(Sha256.of(document.docId().getBytes(StandardCharsets.UTF_8)));
            changes[document.source()] = changes[document.source()].plus(change(document));
            if (document.length() > 0) {
                documents.add(Math.toIntExact(document.length()));
            }
        }
        if (document.state() == State.PACKED) {
            tokensInRows[document.source()] += document.tokens();
            Arrays.stream(document.parts()).forEach(parts::set);
        }
        return this;
    }

    Selection merge(Selection other) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
        for (int i = 0; i < changes.length; i++) {
            changes[i] = changes[i].plus(other.changes[i]);
            tokensInRows[i] += other.tokensInRows[i];
        }
        documents.merge(other.documents);
        parts.or(other.parts);
        identity.merge(other.identity);
        return this;
    }

    long count(State state) {
        return counts[state.ordinal()];
    }

    /** The documents that can be removed. */
    long removed() {
        return count(State.PACKED) + count(State.EMPTY) + count(State.DROPPED);
    }

    /** What removing them does to the ledger. */
    Ledger change() {
        return new Ledger(List.of(changes));
    }

    /** The tokens in the rows, by source. */
    long[] tokensInRows() {
        return tokensInRows;
    }

    /** The lengths of the documents, unless they were truncated. */
    LengthHistogram documents() {
        return documents;
    }

    /** The indices of the parts with rows that hold them, ascending. */
    int[] parts() {
        return parts.stream().toArray();
    }

    /** The same for the same documents. */
    List<Object> identity() {
        List<Object> identity = new ArrayList<>();
        identity.add(removed());
        identity.add(this.identity.hex());
        return identity;
    }

    private static Ledger.Entry change(NamedDocument document) {
        return switch (document.state()) {
            case PACKED -> Ledger.Entry.removedFromRows(document.tokens());
            case EMPTY -> Ledger.Entry.removedFromEmpty();
            case DROPPED -> Ledger.Entry.removedFromDropped(document.tokens());
            default -> Ledger.Entry.ZERO;
        };
    }
}
