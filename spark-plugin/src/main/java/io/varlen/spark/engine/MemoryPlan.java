package io.varlen.spark.engine;

import io.varlen.attention.Backend;
import io.varlen.attention.Backends;

/**
 * How many tokens a launch of a model may have, so that those of all tasks that compute at the same time find room: {@code (bytes /
 * tasks - workspace) / bytesPerToken}. It decides about speed alone: a batch for which there is no room after all is cut.
 *
 * @param bytes for what flows through the model, beside its weights: what the device's budget has left, or half of the heap
 * @param tasks how many compute at once
 * @param workspace bytes that a launch takes whatever its tokens are
 * @param bytesPerToken what a pass forward holds for each
 */
public record MemoryPlan(long bytes, int tasks, long workspace, long bytesPerToken) {
    /** On a GPU, of a feed-forward part's inner tensor 256 MiB at most, of logits 32 MiB, and some for what is rounded up. */
    private static final long GPU_WORKSPACE = 320L << 20;

    /** With fewer, loading a model's weights into caches takes longer than multiplying by them. */
    private static final int FEWEST = 256;

    static MemoryPlan of(Backend backend, int tasks, long bytesPerToken) {
        long workspace = backend.name().equals(Backends.CPU) ? 0 : GPU_WORKSPACE;
        return new MemoryPlan(backend.memory(), tasks, workspace, bytesPerToken);
    }

    /** Tokens of one launch at most; never less than {@value #FEWEST}. */
    public int tokens() {
        long tokens = (bytes / tasks - workspace) / bytesPerToken;
        return (int) Math.min(Integer.MAX_VALUE, Math.max(FEWEST, tokens));
    }

    /** In one line, for a log. */
    @Override
    public String toString() {
        return "up to " + tokens() + " tokens per launch: " + (bytes >> 20) + " MiB for " + tasks
                + (tasks == 1 ? " task" : " tasks") + " at once, " + (workspace >> 20) + " MiB of workspace each, "
                + bytesPerToken + " bytes per token";
    }
}
