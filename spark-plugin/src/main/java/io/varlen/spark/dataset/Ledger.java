package io.varlen.spark.dataset;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Where every token and every document went, per source.
 *
 * @param sources one entry per input
 */
public record Ledger(List<Entry> sources) implements Serializable {
    /** @throws IllegalArgumentException if an entry is null */
    public Ledger {
        if (Objects.requireNonNull(sources, "sources").stream().anyMatch(Objects::isNull)) {
            throw new IllegalArgumentException("sources holds a null");
        }
    }

    /**
     * The counts of one source, or of several. Balanced, every token and every document of the left side is in exactly
     * one place on the right: {@code source + added special + repeated = packed + dropped + truncated + removed} tokens,
     * {@code documents = packed + empty + dropped + quarantined + removed}.
     *
     * @param removedDocuments taken out of the dataset after it was packed; manifests written before there was such a thing
     *     lack it
     */
    public record Entry(
            long documents,
            long packedDocuments,
            long emptyDocuments,
            long droppedDocuments,
            long quarantinedDocuments,
            long sourceTokens,
            long addedSpecialTokens,
            long repeatedTokens,
            long packedTokens,
            long droppedTokens,
            long truncatedTokens,
            long removedTokens,
            Long removedDocuments)
            implements Serializable {
        public static final Entry ZERO = new Entry(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

        public Entry {
            removedDocuments = removedDocuments == null ? 0 : removedDocuments;
        }

        private Entry(
                long documents,
                long packedDocuments,
                long emptyDocuments,
                long droppedDocuments,
                long quarantinedDocuments,
                long sourceTokens,
                long addedSpecialTokens,
                long repeatedTokens,
                long packedTokens,
                long droppedTokens,
                long truncatedTokens,
                long removedTokens) {
            this(
                    documents,
                    packedDocuments,
                    emptyDocuments,
                    droppedDocuments,
                    quarantinedDocuments,
                    sourceTokens,
                    addedSpecialTokens,
                    repeatedTokens,
                    packedTokens,
                    droppedTokens,
                    truncatedTokens,
                    removedTokens,
                    0L);
        }

        /** The left side: documents and tokens that there were. */
        public static Entry came(long documents, long sourceTokens, long addedSpecialTokens) {
            return new Entry(documents, 0, 0, 0, 0, sourceTokens, addedSpecialTokens, 0, 0, 0, 0, 0);
        }

        /** The right side: documents and tokens as they were written. */
        public static Entry went(long packedDocuments, long emptyDocuments, long packedTokens) {
            return new Entry(0, packedDocuments, emptyDocuments, 0, 0, 0, 0, 0, packedTokens, 0, 0, 0);
        }

        /** A document that is in no row because the rules keep it out. */
        public static Entry dropped(long tokens) {
            return new Entry(0, 0, 0, 1, 0, 0, 0, 0, 0, tokens, 0, 0);
        }

        /** Tokens of a packed document that are in rows more often than once, or in none. */
        public static Entry cut(long repeatedTokens, long truncatedTokens) {
            return new Entry(0, 0, 0, 0, 0, 0, 0, repeatedTokens, 0, 0, truncatedTokens, 0);
        }

        /** Records that were no documents; both sides at once. */
        public static Entry quarantined(long documents) {
            return new Entry(documents, 0, 0, 0, documents, 0, 0, 0, 0, 0, 0, 0);
        }

        /** A document that was in the rows, with so many tokens there, and is no more. */
        public static Entry removedFromRows(long tokens) {
            return new Entry(0, -1, 0, 0, 0, 0, 0, 0, -tokens, 0, 0, tokens, 1L);
        }

        /** A document without a token that has been removed. */
        public static Entry removedFromEmpty() {
            return new Entry(0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1L);
        }

        /** A document that the rules kept out and that has been removed. */
        public static Entry removedFromDropped(long tokens) {
            return new Entry(0, 0, 0, -1, 0, 0, 0, 0, 0, -tokens, 0, tokens, 1L);
        }

        public Entry plus(Entry more) {
            return new Entry(
                    documents + more.documents,
                    packedDocuments + more.packedDocuments,
                    emptyDocuments + more.emptyDocuments,
                    droppedDocuments + more.droppedDocuments,
                    quarantinedDocuments + more.quarantinedDocuments,
                    sourceTokens + more.sourceTokens,
                    addedSpecialTokens + more.addedSpecialTokens,
                    repeatedTokens + more.repeatedTokens,
                    packedTokens + more.packedTokens,
                    droppedTokens + more.droppedTokens,
                    truncatedTokens + more.truncatedTokens,
                    removedTokens + more.removedTokens,
                    removedDocuments + more.removedDocuments);
        }

        boolean isBalanced() {
            return documents
                            == packedDocuments
                                    + emptyDocuments
                                    + droppedDocuments
                                    + quarantinedDocuments
                                    + removedDocuments
                    && sourceTokens + addedSpecialTokens + repeatedTokens
                            == packedTokens + droppedTokens + truncatedTokens + removedTokens;
        }
    }

    /** The sum over the sources. */
    @JsonProperty("total")
    public Entry total() {
        return sources.stream().reduce(Entry.ZERO, Entry::plus);
    }

    /** Adds source by source; both have the same sources. */
    public Ledger plus(Ledger more) {
        List<Entry> sums = new ArrayList<>();
        for (int source = 0; source < sources.size(); source++) {
            sums.add(sources.get(source).plus(more.sources.get(source)));
        }
        return new Ledger(sums);
    }

    /** @throws IllegalStateException if tokens or documents of a source were lost or made up: a defect of the job */
    public Ledger requireBalanced() {
        for (int source = 0; source < sources.size(); source++) {
            if (!sources.get(source).isBalanced()) {
                throw new IllegalStateException(
                        "the ledger of source " + source + " does not balance: " + sources.get(source));
            }
        }
        return this;
    }
}
