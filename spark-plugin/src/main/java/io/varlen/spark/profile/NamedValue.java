package io.varlen.spark.profile;

/** A value of one document. */
public record NamedValue(String docId, double value) {}
