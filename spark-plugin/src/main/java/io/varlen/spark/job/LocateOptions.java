package io.varlen.spark.job;

import java.util.List;

/**
 * What {@code inspect} is asked to do with documents.
 *
 * @param input the folder of a packed dataset, on any Hadoop file system
 * @param docIds the documents to look for
 */
public record LocateOptions(String input, List<String> docIds) {}
