package io.varlen.spark.profile;

import io.varlen.spark.dataset.Manifest;
import java.io.Serializable;
import java.util.List;

/**
 * An output as a person wants to see it.
 *
 * @param name the last element of its path
 * @param badRecords the reasons why records were no documents, the most frequent first; rarer ones are left out
 */
public record OutputProfile(String name, Manifest manifest, List<Reason> badRecords, OutputContent content) {
    /** How many records were refused for one reason. */
    public record Reason(String text, long records) implements Comparable<Reason>, Serializable {
        /** The most frequent first. */
        @Override
        public int compareTo(Reason other) {
            return records != other.records ? Long.compare(other.records, records) : text.compareTo(other.text);
        }
    }

    /** The job that wrote it: pack, embed, score or attend. */
    public String command() {
        return manifest.fingerprint().command();
    }
}
