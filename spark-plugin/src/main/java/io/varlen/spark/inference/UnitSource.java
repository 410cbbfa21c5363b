package io.varlen.spark.inference;

import io.varlen.spark.input.BadRecord;
import io.varlen.spark.input.InputFiles;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.spark.api.java.JavaRDD;

/**
 * Where what a job gives to a model comes from.
 *
 * @param <T> what a unit consists of
 */
public interface UnitSource<T> {
    /** The files that are read. */
    InputFiles files();

    /** What it depends on beside the files, by option. */
    Map<String, String> options();

    /** How many partitions the files are read in. */
    int partitions();

    /**
     * How many there are in all units. The first call may read all files.
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

    /** How they are dealt to units. */
    Units units();

    /**
     * Each one once: partition {@code u} holds unit {@code u}, in an order that depends on nothing but what is in it.
     *
     * @param complete units that are not wanted
     */
    JavaRDD<T> byUnit(Set<Integer> complete);
}
