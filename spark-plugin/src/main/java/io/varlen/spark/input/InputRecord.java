package io.varlen.spark.input;

import java.io.Serializable;

/** One record of an input: a document, or the reason why it is none. */
public sealed interface InputRecord extends Serializable permits Document, BadRecord {}
