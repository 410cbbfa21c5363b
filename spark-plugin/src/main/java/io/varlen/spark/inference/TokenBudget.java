package io.varlen.spark.inference;

import io.varlen.attention.Backend;
import io.varlen.spark.VarlenConf;
import java.io.Serializable;
import java.util.Optional;

/**
 * How many tokens a model is given at once, which is found out where it is computed: caches of a processor want few, and a GPU is
 * idle with as few.
 *
 * @param asked what a key says, or null
 * @param onCpu where no key says anything, on the processor
 */
public record TokenBudget(Integer asked, int onCpu) implements Serializable {
    /** Of what a configuration says. */
    public static TokenBudget of(Optional<Integer> asked, int onCpu) {
        return new TokenBudget(asked.orElse(null), onCpu);
    }

    /** Tokens of one batch. */
    public int on(Backend backend) {
        if (asked != null) {
            return asked;
        }
        return backend.name().equals("cuda") ? VarlenConf.DEFAULT_GPU_TOKEN_BUDGET : onCpu;
    }
}
