package io.varlen.spark.job;

import io.varlen.spark.export.ExportFormat;

/**
 * What {@code export} is asked to do.
 *
 * @param input the folder of a packed dataset, on any Hadoop file system
 * @param format what to write
 * @param output the folder of the files, on any Hadoop file system
 * @param overwrite replace what another job left in {@code output}
 */
public record ExportOptions(String input, ExportFormat format, String output, boolean overwrite) {}
