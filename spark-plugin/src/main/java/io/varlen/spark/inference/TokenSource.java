package io.varlen.spark.inference;

import io.varlen.spark.input.BadRecord;
import io.varlen.spark.input.InputFiles;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.spark.api.java.JavaRDD;

/** Where the documents come from that a job gives to a model. */
public interface TokenSource {
    /** The files that are read. */
    InputFiles files();

    /** What the documents depend on beside the files, by option. */
    Map<String, String> options();

    /** How many partitions the files are read in. */
    int partitions();

    /**
     * How many documents there are. The first call may read all files.
     *
     * @throws io.varlen.InvalidInputException if there is a record that is no document and the policy is to fail
     */
    long documents();

    /** The tokens of all texts, without special tokens, where they are known before they are read. */
    OptionalLong sourceTokens();

    /** How many records are no documents and are left out. */
    long quarantinedDocuments();

    /** Those records. */
    JavaRDD<BadRecord> badRecords();

    /** How documents are dealt to units. */
    Units units();

    /**
     * Each document once: partition {@code u} holds unit {@code u}, ordered by document id.
     *
     * @param complete units whose documents are not wanted
     */
    JavaRDD<DocumentIds> byUnit(Set<Integer> complete);
}
