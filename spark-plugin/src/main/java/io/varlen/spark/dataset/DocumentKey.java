package io.varlen.spark.dataset;

import java.io.Serializable;
import java.util.Comparator;

/** Where a piece of a document belongs: documents by id, then the pieces of each in their order. */
public record DocumentKey(String docId, int chunk) implements Serializable, Comparable<DocumentKey> {
    private static final Comparator<DocumentKey> ORDER =
            Comparator.comparing(DocumentKey::docId).thenComparingInt(DocumentKey::chunk);

    @Override
    public int compareTo(DocumentKey other) {
        return ORDER.compare(this, other);
    }
}
