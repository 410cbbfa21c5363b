package io.varlen.spark.inference;

/** Where the documents come from that a job gives to a model; those of a unit are ordered by document id. */
public interface TokenSource extends UnitSource<DocumentIds> {}
