package io.varlen.model;

/**
 * What a model needs of memory, in elements.
 *
 * @param linear of the weights of linear layers, which a backend stores in its dtype
 * @param tables of embeddings, which are fp32
 * @param activations per token of what is there at once between layers
 * @param residual per token of what is there besides in fp32
 */
record Footprint(long linear, long tables, long activations, long residual) {}
