package io.varlen.spark.job;

/**
 * What {@code remove} is asked to do.
 *
 * @param input the folder of a packed dataset, on any Hadoop file system, which is changed
 * @param docIds a text file with the ids of the documents to remove, one per line
 * @param missing what becomes of ids that the dataset knows nothing of
 */
public record RemoveOptions(String input, String docIds, MissingIds missing) {
    /** With the defaults of the command line. */
    public RemoveOptions(String input, String docIds) {
        this(input, docIds, MissingIds.FAIL);
    }
}
