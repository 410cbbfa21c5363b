package io.varlen.spark.embedding;

/** A document's text as token ids, without special tokens; not copied. */
public record DocumentIds(String docId, int[] ids) {}
