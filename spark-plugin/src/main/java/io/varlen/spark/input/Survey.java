package io.varlen.spark.input;

import java.io.Serializable;
import java.util.List;
import java.util.Set;

/**
 * What is in the inputs, after one look at every record.
 *
 * @param sources one entry per input
 * @param repeated where the records are whose id another record keeps
 */
public record Survey(List<SourceSurvey> sources, Set<Place> repeated) implements Serializable {

    /**
     * One input.
     *
     * @param documents the good ones
     * @param utf8Bytes of their texts
     * @param badRecords those that are no documents, repeated ids among them
     * @param ownIds whether its records carry their ids in the id column
     */
    public record SourceSurvey(long documents, long utf8Bytes, long badRecords, boolean ownIds)
            implements Serializable {}

    /** Where a record starts. */
    public record Place(String path, long offset) implements Serializable {}

    /** The good documents of all inputs. */
    public long documents() {
        return sources.stream().mapToLong(SourceSurvey::documents).sum();
    }

    /** The bytes of their texts. */
    public long utf8Bytes() {
        return sources.stream().mapToLong(SourceSurvey::utf8Bytes).sum();
    }

    /** The records of all inputs that are no documents. */
    public long badRecords() {
        return sources.stream().mapToLong(SourceSurvey::badRecords).sum();
    }
}
