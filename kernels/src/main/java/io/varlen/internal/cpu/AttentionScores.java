package io.varlen.internal.cpu;

import io.varlen.attention.Attention;
import io.varlen.attention.AttentionOptions;
import io.varlen.attention.Heads;
import java.util.Arrays;

/**
 * The scores of one query with a block of keys in double precision, as softmax sees them but for the mask. Holds the scratch
 * memory of one thread.
 */
final class AttentionScores {
    static final int KEYS = 64;

    private final Attention call;
    private final AttentionOptions options;
    private final float[] q;
    private final float[] k;
    private final int headDim;

    /** {@code [D][KEYS]}: transposed, so that the loop over keys is over neighbours. */
    private final double[][] keys;

    private final double[] scores = new double[KEYS];
    private int blockFrom;
    private int blockTo;

    AttentionScores(Attention call) {
        this.call = call;
        this.options = call.options();
        this.q = data(call.q());
        this.k = data(call.k());
        this.headDim = call.q().dim();
        this.keys = new double[headDim][KEYS];
    }

    /** Takes up to {@link #KEYS} keys of one head. */
    void load(int from, int to, int keyHead) {
        blockFrom = from;
        blockTo = to;
        for (int key = from; key < to; key++) {
            int at = Math.toIntExact(call.k().elementOffset(key, keyHead));
            for (int d = 0; d < headDim; d++) {
                keys[d][key - from] = k[at + d];
            }
        }
    }

    /**
     * The scores of a query with the keys that were loaded.
     *
     * @param firstKey of the query's sequence, which a bias counts from
     * @return as many as keys were loaded; overwritten by the next call
     */
    double[] of(int query, int head, int firstKey) {
        int count = blockTo - blockFrom;
        int at = Math.toIntExact(call.q().elementOffset(query, head));
        Arrays.fill(scores, 0, count, 0);
        for (int d = 0; d < headDim; d++) {
            double factor = q[at + d];
            double[] row = keys[d];
            for (int j = 0; j < count; j++) {
                scores[j] += factor * row[j];
            }
        }
        for (int j = 0; j < count; j++) {
            scores[j] *= options.scale();
        }
        if (options.softcap() > 0) {
            for (int j = 0; j < count; j++) {
                scores[j] = options.softcap() * Math.tanh(scores[j] / options.softcap());
            }
        }
        if (options.bias() != null) {
            addBias(query, head, firstKey, count);
        }
        return scores;
    }

    private void addBias(int query, int head, int firstKey, int count) {
        CpuTensor bias = CpuTensor.of(options.bias());
        int tokens = call.q().tokens();
        int row = bias.row(bias.rows() == tokens ? query : head * tokens + query);
        for (int j = 0; j < count; j++) {
            scores[j] += bias.data()[row + blockFrom - firstKey + j];
        }
    }

    /** The score that takes part in every softmax of a head without a key; -∞ if there is none. */
    double sink(int head) {
        return options.sinks() == null
                ? Double.NEGATIVE_INFINITY
                : CpuTensor.of(options.sinks()).data()[head];
    }

    private static float[] data(Heads heads) {
        return CpuTensor.of(heads.tensor()).data();
    }
}
