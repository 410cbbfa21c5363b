/**
 * What jobs leave behind: parts, and a manifest that commits them. Start with {@link
 * io.varlen.spark.dataset.OutputFolder}, the life cycle of an output, {@link io.varlen.spark.dataset.Manifest}, and
 * {@link io.varlen.spark.dataset.PackedDataset}, which reads packed rows back.
 */
package io.varlen.spark.dataset;
