package io.varlen.spark.dataset;

import java.io.Serializable;

/**
 * A document as a packed dataset has it.
 *
 * @param source the n-th input of the dataset, from 0
 * @param ids its token ids, special tokens included; empty if it has none
 * @param lossMask per id, 1 where it is to be learned; null in a dataset without loss masks, and without ids
 */
public record PackedDocument(String docId, int source, int[] ids, byte[] lossMask) implements Serializable {}
