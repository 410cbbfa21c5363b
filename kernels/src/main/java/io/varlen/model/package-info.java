/**
 * Encoders, each {@code forward} on one screen over the operations of a {@link io.varlen.attention.Backend}. Start with
 * {@link io.varlen.model.ModelFiles}, what a model consists of; {@link io.varlen.model.Models}, which loads it; and
 * {@link io.varlen.model.Encoder}, which turns a {@link io.varlen.model.PackedBatch} into vectors.
 */
package io.varlen.model;
