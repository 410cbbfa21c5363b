package io.varlen.model;

import io.varlen.attention.AttentionListener;
import io.varlen.attention.Tensor;

/** A transformer that leaves out what its last layer computes for tokens that nobody asks for. */
interface SelectiveTransformer extends Transformer {
    /**
     * The hidden states of {@link #forward(PackedBatch, AttentionListener)} for one token of each sequence; the listener is
     * shown a last call with these queries alone.
     *
     * @param tokens of each sequence one, by its place in the batch; no sequence is empty
     * @return {@code [tokens.length, hiddenSize]}
     */
    Tensor forward(PackedBatch batch, int[] tokens, AttentionListener listener);
}
