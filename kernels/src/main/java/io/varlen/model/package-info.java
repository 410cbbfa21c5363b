/**
 * Encoders and decoders, each {@code forward} on one screen over the operations of a {@link io.varlen.attention.Backend}. Start
 * with {@link io.varlen.model.ModelFiles}, what a model consists of; {@link io.varlen.model.Models}, which loads it; and {@link
 * io.varlen.model.Transformer}, which turns a {@link io.varlen.model.PackedBatch} into hidden states.
 */
package io.varlen.model;
