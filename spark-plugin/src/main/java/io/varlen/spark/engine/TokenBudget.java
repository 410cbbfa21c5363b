package io.varlen.spark.engine;

import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.spark.VarlenConf;
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
    /** Of embed, and of what does the same; {@code asked} is what {@link VarlenConf#EMBED_TOKEN_BUDGET} says. */
    public static TokenBudget ofEmbed(Optional<Integer> asked) {
        return of(asked, VarlenConf.DEFAULT_EMBED_TOKEN_BUDGET, VarlenConf.DEFAULT_GPU_TOKEN_BUDGET);
    }

    /** Of score; {@code asked} is what {@link VarlenConf#SCORE_TOKEN_BUDGET} says. */
    public static TokenBudget ofScore(Optional<Integer> asked) {
        return of(asked, VarlenConf.DEFAULT_SCORE_TOKEN_BUDGET, VarlenConf.DEFAULT_GPU_TOKEN_BUDGET);
    }

    /** Of attend; {@code asked} is what {@link VarlenConf#ATTEND_TOKEN_BUDGET} says. */
    public static TokenBudget ofAttend(Optional<Integer> asked) {
        return of(asked, VarlenConf.DEFAULT_ATTEND_TOKEN_BUDGET, VarlenConf.DEFAULT_ATTEND_TOKEN_BUDGET);
    }

    private static TokenBudget of(Optional<Integer> asked, int onCpu, int onGpu) {
        return new TokenBudget(asked.orElse(null), onCpu, onGpu);
    }

    int on(Backend backend, MemoryPlan plan) {
        return asked != null ? asked : Math.min(plan.tokens(), most(backend));
    }

    /** Tokens of one batch of a model that there is room enough for. */
    int most(Backend backend) {
        if (asked != null) {
            return asked;
        }
        return backend.name().equals(Backends.CPU) ? onCpu : onGpu;
    }
}
