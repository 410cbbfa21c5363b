package io.varlen.spark.dataset;

import org.apache.hadoop.fs.Path;

/**
 * Where the files of a job's output are.
 *
 * @param root the output folder
 * @param hex the fingerprint of the job whose output it is
 */
record OutputPlaces(Path root, String hex) {
    private static final int PREFIX_DIGITS = 8;

    Path path(String relative) {
        return new Path(root, relative);
    }

    /** The folder of a job's unfinished work, in {@link OutputFolder#STAGING}. */
    Path staging() {
        return path(OutputFolder.STAGING + "/" + hex);
    }

    /** The place of a unit's file, relative to the output folder. */
    String unit(UnitFile kind, int unit) {
        return kind.path(prefix(), unit);
    }

    /** The list of the files that the job read. */
    Path inputs() {
        return path(OutputFolder.METADATA + "/inputs-" + digits() + ".jsonl.gz");
    }

    /** Copies of the indexes, whose names in the output folder another job's may have. */
    Path indexes() {
        return path(OutputFolder.METADATA + "/index-" + digits());
    }

    /** The folder of the tokenizer, relative to the output folder. */
    String tokenizer() {
        return OutputFolder.METADATA + "/tokenizer-" + digits();
    }

    /** What the names of the job's files begin with. */
    String prefix() {
        return prefix(hex);
    }

    static String prefix(String hex) {
        return "part-" + hex.substring(0, PREFIX_DIGITS);
    }

    /** The list of bad records. */
    Path quarantine() {
        return path(OutputFolder.METADATA + "/quarantine/" + prefix() + "-00000.jsonl");
    }

    private String digits() {
        return hex.substring(0, PREFIX_DIGITS);
    }
}
