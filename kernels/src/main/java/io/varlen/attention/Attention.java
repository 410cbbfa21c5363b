package io.varlen.attention;

import io.varlen.mask.MaskPlan;
import java.util.function.Supplier;

/**
 * One call of variable-length attention; everything it depends on is in here.
 *
 * <p>{@code O[t, h] = Σ_j softmax_j(score(Q[t, h] · K[j, g])) V[j, g]} over the keys {@code j} that the mask lets query
 * {@code t} see, with {@code g = h / (Hq / Hk)} and {@code score} as {@link AttentionOptions} say; {@code LSE[h, t]} is the
 * natural logarithm of the softmax's denominator. A query that sees no key has O = 0 and, unless there is a sink, LSE = -∞.
 *
 * @param q {@code [T, Hq, D]}
 * @param k {@code [S, Hk, D]}, with {@code Hq % Hk == 0}: equal (MHA), fewer (GQA) or one (MQA)
 * @param v {@code [S, Hk, D]}
 * @param mask which keys each query sees; carries {@code cu_seqlens_q} with total T and {@code cu_seqlens_k} with total S
 * @param options what else happens to the scores
 * @param o receives {@code [T, Hq, D]}; may not overlap the inputs
 * @param lse receives {@code [Hq, T]}, or null
 */
public record Attention(Heads q, Heads k, Heads v, MaskPlan mask, AttentionOptions options, Heads o, Tensor lse) {
    public Attention {
        require(
                q.tokens() == mask.queries().total(),
                () -> "cu_seqlens_q end at " + mask.queries().total() + " but q has " + q.tokens() + " tokens");
        require(
                k.tokens() == mask.keys().total(),
                () -> "cu_seqlens_k end at " + mask.keys().total() + " but k has " + k.tokens() + " tokens");
        require(v.tokens() == k.tokens(), () -> "k has " + k.tokens() + " tokens, v " + v.tokens());
        require(v.count() == k.count(), () -> "k has " + k.count() + " heads, v " + v.count());
        require(
                q.count() % k.count() == 0,
                () -> "the " + q.count() + " query heads are no multiple of the " + k.count() + " key heads");
        require(
                k.dim() == q.dim() && v.dim() == q.dim(),
                () -> "head dimensions of q, k and v are " + q.dim() + ", " + k.dim() + " and " + v.dim()
                        + "; they must be equal");
        require(
                o.tokens() == q.tokens() && o.count() == q.count() && o.dim() == q.dim(),
                () -> "o has not the shape of q");
        requireFit(options, mask, q.count());
        require(lse == null || (lse.rows() == q.count() && lse.columns() == q.tokens()), () -> "lse is not [Hq, T]");
    }

    /** With {@code scale = 1/√D} and without LSE. */
    public Attention(Heads q, Heads k, Heads v, MaskPlan mask, Heads o) {
        this(q, k, v, mask, AttentionOptions.forHeadDim(q.dim()), o, null);
    }

    private static void requireFit(AttentionOptions options, MaskPlan mask, int heads) {
        Tensor bias = options.bias();
        Tensor sinks = options.sinks();
        int tokens = mask.queries().total();
        require(
                bias == null || bias.rows() == tokens || bias.rows() == heads * (long) tokens,
                () -> "a bias of " + bias.rows() + " rows is neither [T, keys] nor [Hq · T, keys] for " + heads
                        + " heads of " + tokens + " tokens");
        require(
                bias == null || bias.columns() >= mask.keys().maxLength(),
                () -> "a bias of " + bias.columns() + " columns for sequences of up to "
                        + mask.keys().maxLength() + " keys");
        require(
                sinks == null || (sinks.rows() == 1 && sinks.columns() == heads),
                () -> "sinks are [1, Hq] with " + heads + " heads");
    }

    private static void require(boolean holds, Supplier<String> otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise.get());
        }
    }
}
