package io.varlen.attention;

import io.varlen.mask.MaskPlan;
import java.util.function.Supplier;

/**
 * What a backend computes of the weights of an attention call, without keeping them: per query and head, each {@link
 * AttentionStatistic} in double precision.
 *
 * @param call its queries, keys, mask and options; values and output are not looked at
 * @param unisolated for {@link AttentionStatistic#LEAKAGE}: which keys queries would see if several sequences were one, over the
 *     same packed axes; or null. A bias, which counts keys from the start of a sequence, does not go with it
 * @param window for {@link AttentionStatistic#WINDOW_MASS}
 * @param values receives {@code [statistics, Hq, T]} in the order of {@link AttentionStatistic}; NaN for a query that sees
 *     no key
 */
public record AttentionStatistics(Attention call, MaskPlan unisolated, int window, double[] values) {
    public AttentionStatistics {
        int tokens = call.q().tokens();
        int heads = call.q().count();
        require(window >= 0, () -> "a window of " + window + " tokens");
        require(
                values.length == AttentionStatistic.values().length * (long) heads * tokens,
                () -> values.length + " values for " + AttentionStatistic.values().length + " statistics of " + heads
                        + " heads of " + tokens + " tokens");
        require(
                unisolated == null
                        || unisolated.queries().total() == tokens
                                && unisolated.keys().total() == call.k().tokens(),
                () -> "the mask without isolation is over other queries or keys than the call");
        require(
                unisolated == null || call.options().bias() == null,
                () -> "a bias with a mask without isolation: its columns count keys from the start of a sequence");
    }

    /** Of a call, into an array of its own. */
    public AttentionStatistics(Attention call, MaskPlan unisolated, int window) {
        this(call, unisolated, window, new double[size(call)]);
    }

    /** A statistic of one query of one head. */
    public double value(AttentionStatistic statistic, int head, int query) {
        return values[index(statistic, head, query)];
    }

    /** Where {@link #value} is. */
    public int index(AttentionStatistic statistic, int head, int query) {
        return (statistic.ordinal() * call.q().count() + head) * call.q().tokens() + query;
    }

    private static int size(Attention call) {
        return Math.multiplyExact(
                AttentionStatistic.values().length * call.q().count(), call.q().tokens());
    }

    private static void require(boolean holds, Supplier<String> otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise.get());
        }
    }
}
