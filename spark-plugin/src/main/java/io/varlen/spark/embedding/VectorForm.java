package io.varlen.spark.embedding;

import java.io.Serializable;

/**
 * What becomes of a pooled vector.
 *
 * @param dimension how many of its first elements are kept (Matryoshka: Kusupati et al. 2022, arXiv:2205.13147)
 * @param normalised whether these then get length 1
 */
public record VectorForm(int dimension, boolean normalised) implements Serializable {}
