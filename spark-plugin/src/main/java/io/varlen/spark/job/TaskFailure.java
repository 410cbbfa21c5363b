package io.varlen.spark.job;

import io.varlen.InvalidInputException;

/** What Spark throws where a task failed. */
final class TaskFailure {
    private TaskFailure() {}

    /** What a task found wrong with the user's input is told like what the driver finds. */
    static RuntimeException of(Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidInputException) {
                return new InvalidInputException(cause.getMessage(), e);
            }
        }
        return e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e.getMessage(), e);
    }
}
