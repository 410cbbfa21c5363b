package io.varlen.spark.engine;

import java.io.Serializable;

/**
 * All that a task needs to know of a model, found out on the driver.
 *
 * @param reference found again on the executor
 * @param compute with what the model is computed
 * @param tokenBudget tokens per batch
 */
public record TaskModel(ModelReference reference, Compute compute, TokenBudget tokenBudget) implements Serializable {
    /** Tokens of one batch; the model has been opened. */
    public int batchTokens(Engine engine) {
        return tokenBudget.on(engine.backend(compute), engine.memoryPlan(reference, compute));
    }
}
