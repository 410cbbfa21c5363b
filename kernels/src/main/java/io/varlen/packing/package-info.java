/**
 * Which pieces share a row: pure functions without input or output. Start with {@link io.varlen.packing.PackingRules},
 * {@link io.varlen.packing.PackingPlan} and {@link io.varlen.packing.RowDealer}; {@link
 * io.varlen.packing.SpecialTokensPolicy} says what the token ids of a document are.
 */
package io.varlen.packing;
