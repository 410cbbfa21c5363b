package io.varlen.spark.job;

import io.varlen.packing.LengthHistogram;
import io.varlen.spark.dataset.Ledger;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** What went into one group: the lengths of the pieces, and per source the documents and their tokens. */
final class GroupCounts implements Serializable {
    private final LengthHistogram pieces = new LengthHistogram();
    private final long[] documents;
    private final long[] sourceTokens;
    private final long[] addedSpecialTokens;

    GroupCounts(int sources) {
        documents = new long[sources];
        sourceTokens = new long[sources];
        addedSpecialTokens = new long[sources];
    }

    /** Counts one document of {@code textTokens} ids, {@code tokens} with its special tokens. */
    void add(int source, int textTokens, int tokens, int seqLen) {
        pieces.addPieces(tokens, seqLen);
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
        return this;
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
