/**
 * Encoders, each {@code forward} on one screen over the operations of a {@link io.varlen.attention.Backend}. Start with
 * {@link io.varlen.model.ModelFiles}, {@link io.varlen.model.Encoder} and {@link io.varlen.model.PackedBatch}.
 */
package io.varlen.model;
