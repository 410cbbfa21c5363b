package io.varlen.spark.inference;

/** A document's text as token ids, without special tokens; not copied. */
public record DocumentIds(String docId, int[] ids) {}
