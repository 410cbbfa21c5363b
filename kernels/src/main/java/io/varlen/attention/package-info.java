/**
 * Variable-length attention and the other operations of a transformer. Start with {@link io.varlen.attention.Attention},
 * the attention call; {@link io.varlen.attention.Backend}, what computes it; and {@link io.varlen.attention.Backends},
 * which chooses one.
 */
package io.varlen.attention;
