/**
 * Which pieces share a row: pure functions without input or output. Start with {@link io.varlen.packing.LengthHistogram},
 * {@link io.varlen.packing.PackingPlan} and {@link io.varlen.packing.RowHash}.
 */
package io.varlen.packing;
