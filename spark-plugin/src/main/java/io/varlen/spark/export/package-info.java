/**
 * A packed dataset in the formats that other trainers read, token for token and boundary for boundary. Start with {@link
 * io.varlen.spark.export.ExportFormat}, {@link io.varlen.spark.export.RowExporter}, which one format is, and {@link
 * io.varlen.spark.export.UnitExporter}, which writes one part.
 */
package io.varlen.spark.export;
