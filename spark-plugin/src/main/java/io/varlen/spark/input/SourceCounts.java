package io.varlen.spark.input;

import java.io.Serializable;

/** What a survey counts of one input. */
final class SourceCounts implements Serializable {
    // of the documents that have the id of the id column
    private long withId;
    private long bytesWithId;
    // of those without: documents only if no record of the input has an id
    private long withoutId;
    private long bytesWithoutId;
    private BadRecord firstWithoutId;

    private long bad;
    private BadRecord firstBad;
    private boolean sawIdColumn;

    void add(InputRecord record) {
        if (record instanceof BadRecord badRecord) {
            bad++;
            firstBad = first(firstBad, badRecord);
        } else if (record instanceof Document document && document.docId() != null) {
            withId++;
            bytesWithId += document.text().length;
        } else if (record instanceof Document document) {
            withoutId++;
            bytesWithoutId += document.text().length;
            if (firstWithoutId == null) {
                firstWithoutId = IdRule.withoutId(document);
            }
        }
    }

    void sawIdColumn() {
        sawIdColumn = true;
    }

    SourceCounts merge(SourceCounts other) {
        withId += other.withId;
        bytesWithId += other.bytesWithId;
        withoutId += other.withoutId;
        bytesWithoutId += other.bytesWithoutId;
        firstWithoutId = first(firstWithoutId, other.firstWithoutId);
        bad += other.bad;
        firstBad = first(firstBad, other.firstBad);
        sawIdColumn |= other.sawIdColumn;
        return this;
    }

    boolean ownIds() {
        return sawIdColumn;
    }

    long records() {
        return withId + withoutId + bad;
    }

    /** The first bad record, null if there is none. */
    BadRecord firstBadRecord() {
        return sawIdColumn ? first(firstBad, firstWithoutId) : firstBad;
    }

    Survey.SourceSurvey toSurvey(long repeated, long repeatedBytes) {
        long documents = sawIdColumn ? withId : withId + withoutId;
        long bytes = sawIdColumn ? bytesWithId : bytesWithId + bytesWithoutId;
        return new Survey.SourceSurvey(
                documents - repeated, bytes - repeatedBytes, records() - documents + repeated, sawIdColumn);
    }

    private static BadRecord first(BadRecord a, BadRecord b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return a.compareTo(b) <= 0 ? a : b;
    }
}
