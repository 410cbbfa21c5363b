package io.varlen.jobs;

import io.varlen.attention.Dtype;
import io.varlen.spark.engine.Compute;
import picocli.CommandLine.Option;

/** With what is computed. */
final class BackendArguments {
    @Option(
            names = "--backend",
            paramLabel = "NAME",
            description =
                    "What computes: auto, cpu or cuda; a named backend that is not available is an error (default:"
                            + " spark.varlen.backend, else auto)")
    private String backend;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            defaultValue = "fp32",
            description = "In what matrix products multiply: fp32; bf16, about twice as fast, with embeddings within a"
                    + " cosine of 0.999, and an error where the processor has none; fp16, on GPUs alone; or auto, which"
                    + " is bf16 where the processor has it, else fp16 on a GPU (default: ${DEFAULT-VALUE})")
    private Dtype dtype;

    Compute compute() {
        return new Compute(backend, dtype);
    }
}
