package io.varlen.model;

import io.varlen.attention.AttentionListener;

/** A language model that tells how likely each token is after those before it. Safe for use by many threads at once. */
public interface CausalLm extends AutoCloseable {
    /**
     * The negative log-likelihood, in nats, of each token given those before it in its sequence.
     *
     * @return {@code [T]}; NaN for the first token of each sequence. The bits of a sequence depend on its own ids alone.
     * @throws IllegalArgumentException as {@link Transformer#forward}
     */
    double[] negativeLogLikelihood(PackedBatch batch, AttentionListener listener);

    /** What it is built on; closed with it. */
    Transformer transformer();

    @Override
    void close();
}
