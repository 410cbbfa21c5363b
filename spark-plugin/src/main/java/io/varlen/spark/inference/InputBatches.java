package io.varlen.spark.inference;

import io.varlen.model.PackedBatch;
import io.varlen.sequence.CuSeqlens;
import io.varlen.spark.metrics.TaskMetrics;
import io.varlen.tokenizer.TokenBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Lays inputs of a model end to end, as many as a token budget admits, and hands on one batch after the other.
 *
 * <p>Memory is bounded by the budget and the longest input. Not safe for concurrent use.
 *
 * @param <T> whom an input belongs to
 */
public final class InputBatches<T> {
    private final int tokenBudget;
    private final BiConsumer<PackedBatch, List<T>> model;

    private final TokenBuffer inputIds = new TokenBuffer();
    private final List<T> owners = new ArrayList<>();
    private final List<Integer> lengths = new ArrayList<>();
    private long tokens;

    /**
     * @param tokenBudget the tokens of one batch; a single input that is longer is a batch of its own
     * @param model takes the batches, each with the owners of its sequences
     */
    public InputBatches(int tokenBudget, BiConsumer<PackedBatch, List<T>> model) {
        this.tokenBudget = tokenBudget;
        this.model = model;
    }

    /**
     * Begins the next input; hands on the batch before it if that has no room.
     *
     * @param length its tokens
     * @return takes exactly that many ids
     */
    public TokenBuffer begin(T owner, int length) {
        if (inputIds.size() + (long) length > tokenBudget) {
            finish();
        }
        owners.add(owner);
        lengths.add(length);
        return inputIds;
    }

    /** Hands on what is still waiting. */
    public void finish() {
        if (owners.isEmpty()) {
            return;
        }
        int[] counts = lengths.stream().mapToInt(Integer::intValue).toArray();
        TaskMetrics.current().batch(inputIds.size(), Math.max(tokenBudget, inputIds.size()));
        model.accept(new PackedBatch(inputIds.toArray(), CuSeqlens.ofLengths(counts)), List.copyOf(owners));
        tokens += inputIds.size();
        inputIds.clear();
        owners.clear();
        lengths.clear();
    }

    /** The tokens of all batches that were handed on. */
    public long tokens() {
        return tokens;
    }
}
