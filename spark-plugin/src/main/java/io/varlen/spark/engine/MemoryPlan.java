package io.varlen.spark.engine;

import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.model.ModelMemory;
import java.io.Serializable;

/**
 * How many tokens a launch of a model may have, so that those of all tasks that compute at the same time find room: {@code (bytes /
 * tasks - workspace) / bytesPerToken}. It decides about speed alone: a batch for which there is no room after all is cut.
 *
 * @param model what the model takes
 * @param bytes for what flows through the model, beside its weights: what the device's budget has left, or half of the heap
 * @param tasks how many compute at once
 * @param workspace bytes that a launch takes whatever its tokens are
 */
public record MemoryPlan(ModelMemory model, long bytes, int tasks, long workspace) implements Serializable {
    /** On a GPU, of a feed-forward part's inner tensor 256 MiB at most, of logits 32 MiB, and some for what is rounded up. */
    private static final long GPU_WORKSPACE = 320L << 20;

    /** With fewer, loading a model's weights into caches takes longer than multiplying by them. */
    private static final int FEWEST = 256;

    /** Of a model whose weights are where they compute. */
    static MemoryPlan of(Backend backend, int tasks, ModelMemory model) {
        return new MemoryPlan(model, backend.memory(), tasks, isCpu(backend) ? 0 : GPU_WORKSPACE);
    }

    /** Of a model whose weights are yet to be laid out; what they will take of a device is not counted as left. */
    static MemoryPlan ahead(Backend backend, int tasks, ModelMemory model) {
        MemoryPlan plan = of(backend, tasks, model);
        long weights = isCpu(backend) ? 0 : model.weightBytes();
        return new MemoryPlan(model, Math.max(0, plan.bytes - weights), tasks, plan.workspace);
    }

    private static boolean isCpu(Backend backend) {
        return backend.name().equals(Backends.CPU);
    }

    /** Tokens of one launch at most; never less than {@value #FEWEST}. */
    public int tokens() {
        long tokens = (bytes / tasks - workspace) / model.bytesPerToken();
        return (int) Math.min(Integer.MAX_VALUE, Math.max(FEWEST, tokens));
    }

    /** What the weights and launches of so many tokens by all tasks at once take. */
    public long bytesWith(int tokens) {
        return model.weightBytes() + tasks * (workspace + tokens * model.bytesPerToken());
    }

    /** In one line, for a log. */
    @Override
    public String toString() {
        return "up to " + tokens() + " tokens per launch: " + (bytes >> 20) + " MiB for " + tasks
                + (tasks == 1 ? " task" : " tasks") + " at once, " + (workspace >> 20) + " MiB of workspace each, "
                + model.bytesPerToken() + " bytes per token";
    }
}
