package io.varlen.jobs;

import io.varlen.spark.engine.Compute;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** With what a model is computed, and what is told of it. */
final class ComputeArguments {
    @Mixin
    private BackendArguments backend;

    @Option(
            names = "--trace",
            paramLabel = "N",
            defaultValue = "0",
            description = "Tell on standard error how attention is called for the first N batches: shapes, cu_seqlens,"
                    + " documents, mask, kernel and why (default: ${DEFAULT-VALUE})")
    private int trace;

    Compute compute() {
        return backend.compute();
    }

    int trace() {
        return trace;
    }
}
