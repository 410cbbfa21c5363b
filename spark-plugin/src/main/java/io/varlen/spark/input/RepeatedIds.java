package io.varlen.spark.input;

import io.varlen.Sha256;
import io.varlen.spark.input.Survey.Place;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Decides which record keeps an id: the one with the smallest (source, SHA-256 of the text), whatever the order of the files. */
final class RepeatedIds {
    /** More than this many are no accident; the id column is the wrong one. */
    static final int LIMIT = 1_000_000;

    /** A record whose id is suspected to be repeated. */
    record Copy(String docId, int source, String path, long offset, byte[] textHash, long bytes)
            implements Serializable {
        static final Comparator<Copy> BY_RANK = Comparator.comparingInt(Copy::source)
                .thenComparing(Copy::textHash, Arrays::compareUnsigned)
                .thenComparing(Copy::path)
                .thenComparingLong(Copy::offset);

        static Copy of(Document document) {
            return new Copy(
                    document.docId(),
                    document.source(),
                    document.path(),
                    document.offset(),
                    Sha256.of(document.text()),
                    document.text().length);
        }
    }

    private final Map<String, Copy> kept = new HashMap<>();
    private final Set<Place> repeated = new HashSet<>();
    private final long[] counts;
    private final long[] bytes;
    private Copy first;

    RepeatedIds(List<Copy> suspects, int sources) {
        counts = new long[sources];
        bytes = new long[sources];
        suspects.stream().sorted(Copy.BY_RANK).forEach(this::add);
    }

    private void add(Copy copy) {
        if (kept.putIfAbsent(copy.docId(), copy) == null) {
            return;
        }
        repeated.add(new Place(copy.path(), copy.offset()));
        counts[copy.source()]++;
        bytes[copy.source()] += copy.bytes();
        if (first == null || Comparator.comparing(Copy::docId).compare(copy, first) < 0) {
            first = copy;
        }
    }

    /** The places of the records that do not keep their id. */
    Set<Place> places() {
        return repeated;
    }

    long count(int source) {
        return counts[source];
    }

    long bytes(int source) {
        return bytes[source];
    }

    /** One line about one of them; null if there is none. */
    String example() {
        if (first == null) {
            return null;
        }
        Copy other = kept.get(first.docId());
        return "the document id " + first.docId() + " is there more than once: in " + other.path() + " at "
                + other.offset() + " and in " + first.path() + " at " + first.offset() + "; ids must be unique";
    }
}
