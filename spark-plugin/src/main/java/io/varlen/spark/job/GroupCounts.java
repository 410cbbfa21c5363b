package io.varlen.spark.job;

import io.varlen.packing.LengthHistogram;
import io.varlen.packing.Overflow;
import io.varlen.packing.PackingRules;
import io.varlen.packing.TokenizedDocument;
import io.varlen.spark.dataset.Ledger;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * What went into one group: what the plan needs to know of the pieces, per source the documents and their tokens, and
 * which documents must not be so long.
 */
final class GroupCounts implements Serializable {
    /**
     * A document that is longer than a row.
     *
     * @param tokens with its special tokens
     */
    record TooLong(String docId, int source, int tokens) implements Serializable {
        private static TooLong first(TooLong a, TooLong b) {
            return a == null || b != null && b.docId.compareTo(a.docId) < 0 ? b : a;
        }
    }

    private final LengthHistogram pieces = new LengthHistogram();
    private final long[] documents;
    private final long[] sourceTokens;
    private final long[] addedSpecialTokens;
    private long tooLong;
    private TooLong firstTooLong;

    GroupCounts(int sources) {
        documents = new long[sources];
        sourceTokens = new long[sources];
        addedSpecialTokens = new long[sources];
    }

    /** Counts one document, of whose ids {@code textTokens} are not special tokens. */
    void add(TokenizedDocument document, int textTokens, PackingRules rules) {
        int source = document.source();
        int tokens = document.ids().length;
        if (rules.overflow().mode() == Overflow.Mode.FAIL && rules.isTooLong(tokens)) {
            tooLong++;
            firstTooLong = TooLong.first(firstTooLong, new TooLong(document.docId(), source, tokens));
        } else {
            rules.count(tokens, pieces);
        }
        documents[source]++;
        sourceTokens[source] += textTokens;
        addedSpecialTokens[source] += tokens - textTokens;
    }

    GroupCounts merge(GroupCounts other) {
        pieces.merge(other.pieces);
        for (int source = 0; source < documents.length; source++) {
            documents[source] += other.documents[source];
            sourceTokens[source] += other.sourceTokens[source];
            addedSpecialTokens[source] += other.addedSpecialTokens[source];
        }
        tooLong += other.tooLong;
        firstTooLong = TooLong.first(firstTooLong, other.firstTooLong);
        return this;
    }

    /** How many documents are too long where none may be. */
    long tooLong() {
        return tooLong;
    }

    /** The first of these by id; null if there is none. */
    TooLong firstTooLong() {
        return firstTooLong;
    }

    LengthHistogram pieces() {
        return pieces;
    }

    /** The left side of the ledger: what there was. */
    Ledger ledger() {
        List<Ledger.Entry> entries = new ArrayList<>();
        for (int source = 0; source < documents.length; source++) {
            entries.add(Ledger.Entry.came(documents[source], sourceTokens[source], addedSpecialTokens[source]));
        }
        return new Ledger(entries);
    }
}
