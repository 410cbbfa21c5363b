package io.varlen.spark.dataset;

import java.util.Locale;

/** The files that a unit may have. */
public enum UnitFile {
    /** The data, which Spark reads: {@code part-<first 8 digits of the fingerprint>-<unit>.parquet}. */
    PART("", ".parquet"),
    /** Documents without a token, one JSON object per line, in {@code _varlen/empty}. */
    EMPTY("_varlen/empty/", ".jsonl"),
    /** Documents that the rules of packing kept out, one JSON object per line with the reason, in {@code _varlen/dropped}. */
    DROPPED("_varlen/dropped/", ".jsonl"),
    /** Documents that were taken out of the dataset, one JSON object per line, in {@code _varlen/removed}. */
    REMOVED("_varlen/removed/", ".jsonl");

    private final String folder;
    private final String extension;

    UnitFile(String folder, String extension) {
        this.folder = folder;
        this.extension = extension;
    }

    /** The name of an attempt's file among those of all units. */
    String stagedName(int unit, String attempt) {
        return String.format("%05d-%s-%s%s", unit, attempt, name().toLowerCase(Locale.ROOT), extension);
    }

    /** The path of a unit's file, relative to the output folder. */
    String path(String prefix, int unit) {
        return folder + String.format("%s-%05d%s", prefix, unit, extension);
    }
}
