package io.varlen.spark.dataset;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * A file that a unit may have: its path below the output folder, where {@code *} stands for {@code part-<first 8 digits
 * of the fingerprint>-<unit>}. So a unit has a file, several that differ in their endings, or a folder of files.
 */
public final class UnitFile implements Comparable<UnitFile> {
    /** The data, which Spark reads. */
    public static final UnitFile PART = new UnitFile("*.parquet");
    /** Documents without a token, one JSON object per line. */
    public static final UnitFile EMPTY = new UnitFile("_varlen/empty/*.jsonl");
    /** Documents that the rules of packing kept out, one JSON object per line with the reason. */
    public static final UnitFile DROPPED = new UnitFile("_varlen/dropped/*.jsonl");
    /** Documents that were taken out of the dataset, one JSON object per line. */
    public static final UnitFile REMOVED = new UnitFile("_varlen/removed/*.jsonl");

    private final String pattern;

    private UnitFile(String pattern) {
        this.pattern = pattern;
    }

    /**
     * The file with that path.
     *
     * @throws IllegalArgumentException if it is not {@code *} and something behind it, perhaps in a folder
     */
    @JsonCreator
    public static UnitFile of(String pattern) {
        if (!pattern.matches("[^*]*\\*[./][^*]+") || pattern.contains("..")) {
            throw new IllegalArgumentException("'" + pattern + "' is no path of a unit's file");
        }
        return new UnitFile(pattern);
    }

    /** Whether it is data, not a list beside it. */
    boolean isData() {
        return pattern.startsWith("*");
    }

    /** The name of an attempt's file among those of all units. */
    String stagedName(int unit, String attempt) {
        return String.format(
                "%05d-%s-%s", unit, attempt, pattern.replaceFirst("\\*", "").replace('/', '-'));
    }

    /** The path of a unit's file, relative to the output folder. */
    String path(String prefix, int unit) {
        return pattern.replace("*", String.format("%s-%05d", prefix, unit));
    }

    @Override
    public int compareTo(UnitFile other) {
        return pattern.compareTo(other.pattern);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UnitFile that && pattern.equals(that.pattern);
    }

    @Override
    public int hashCode() {
        return pattern.hashCode();
    }

    @Override
    @JsonValue
    public String toString() {
        return pattern;
    }
}
