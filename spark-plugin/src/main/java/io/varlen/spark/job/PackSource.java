package io.varlen.spark.job;

import io.varlen.spark.input.BadRecord;
import io.varlen.spark.input.BadRecordPolicy;
import io.varlen.spark.input.InputFiles;
import io.varlen.spark.input.Survey;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;

/** Where the documents of a {@code pack} job come from. */
interface PackSource {
    /** The files that are read. */
    InputFiles files();

    /** The inputs that the documents' {@code source} counts, by path. */
    List<String> sources();

    /** What the documents depend on beside the files and the options of the job, by option. */
    Map<String, String> options();

    /** How many partitions the files are read in. */
    int partitions();

    /** What the stage that brings the token ids is called. */
    String stage();

    /**
     * Counts documents and finds bad records; may read all files.
     *
     * @throws io.varlen.InvalidInputException under {@link BadRecordPolicy#FAIL} if there is a bad record
     */
    Survey survey(BadRecordPolicy policy);

    JavaRDD<BadRecord> badRecords(Survey survey);

    /** The good documents, each once. */
    JavaRDD<PackableDocument> documents(Survey survey);

    /** A document that has an id, and whose token ids are made when they are asked for. */
    interface PackableDocument {
        String docId();

        /** The n-th of {@link #sources}. */
        int source();

        DocumentTokenizer.Tokens tokens();
    }
}
