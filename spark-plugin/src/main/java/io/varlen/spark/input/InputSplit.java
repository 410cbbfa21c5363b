package io.varlen.spark.input;

import java.io.Serializable;

/** The records of {@code file} that start in {@code [start, end)}. */
record InputSplit(InputFile file, long start, long end) implements Serializable {}
