package io.varlen.spark.frame;

/** What tasks do with the rows of a DataFrame, as it is found again in a query's plan. */
public interface FrameFunction {
    /** The method of {@link io.varlen.spark.Varlen} that it comes from. */
    String operation();
}
