package io.varlen.spark.export;

import org.apache.hadoop.conf.Configuration;

/**
 * What the files of one unit depend on beside its rows.
 *
 * @param file the part of the packed dataset that is exported
 * @param rows how many rows it has
 */
record PartShape(DatasetShape dataset, String file, long rows, Configuration hadoop) {}
