package io.varlen.spark.inference;

import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.spark.VarlenConf;
import io.varlen.spark.engine.Compute;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.engine.MemoryPlan;
import io.varlen.spark.engine.ModelReference;
import java.io.Serializable;
import java.util.Optional;

/**
 * How many tokens a model is given at once, which is found out where it is computed: caches of a processor want few, and a GPU is
 * idle with as few; a large model has room for fewer.
 *
 * @param asked what a key says, or null
 * @param onCpu where no key says anything, on the processor
 * @param onGpu the same on a GPU
 */
public record TokenBudget(Integer asked, int onCpu, int onGpu) implements Serializable {
    /** Of what a configuration says, on a GPU {@value VarlenConf#DEFAULT_GPU_TOKEN_BUDGET}. */
    public static TokenBudget of(Optional<Integer> asked, int onCpu) {
        return of(asked, onCpu, VarlenConf.DEFAULT_GPU_TOKEN_BUDGET);
    }

    /** Of what a configuration says. */
    public static TokenBudget of(Optional<Integer> asked, int onCpu, int onGpu) {
        return new TokenBudget(asked.orElse(null), onCpu, onGpu);
    }

    /** Tokens of one batch of a model, which has been opened. */
    public int of(Engine engine, ModelReference model, Compute compute) {
        return on(engine.backend(compute), engine.memoryPlan(model, compute));
    }

    int on(Backend backend, MemoryPlan plan) {
        if (asked != null) {
            return asked;
        }
        return Math.min(plan.tokens(), backend.name().equals(Backends.CPU) ? onCpu : onGpu);
    }
}
