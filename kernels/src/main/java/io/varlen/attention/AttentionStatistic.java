package io.varlen.attention;

/**
 * A number that says how one query spreads its attention. {@code p_j} is the weight of key {@code j} in the softmax, after
 * scale, soft cap, bias and mask; with an attention sink the weights add up to less than 1. The query stands at the key that
 * it is aligned with: its own in self-attention, with the last query at the last key ("bottom-right") otherwise.
 */
public enum AttentionStatistic {
    /** {@code -Σ p_j ln p_j}, in nats: 0 if one key has it all, {@code ln n} if n keys share it evenly. */
    ENTROPY,
    /** {@code Σ p_j |i - j|}: how far it looks, in tokens. */
    MEAN_DISTANCE,
    /** {@code p_0}: the weight of the first key of the sequence, which many heads rest on (Xiao et al. 2023, arXiv:2309.17453). */
    SINK_MASS,
    /** {@code Σ p_j} over the keys at most {@code window} tokens away, to either side, its own among them. */
    WINDOW_MASS,
    /** The largest score, after scale and soft cap and bias, before the softmax. */
    MAX_LOGIT,
    /**
     * The share of attention that would go to keys of other sequences if queries saw what a mask over larger units, such as
     * packed rows, lets them see. NaN where there is no such mask.
     */
    LEAKAGE
}
