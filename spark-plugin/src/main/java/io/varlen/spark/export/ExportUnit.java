package io.varlen.spark.export;

import java.io.Serializable;

/**
 * One task's work.
 *
 * @param unit its number
 * @param part the file name of the part
 * @param rows how many the part has by the manifest
 */
public record ExportUnit(int unit, String part, long rows) implements Serializable {}
