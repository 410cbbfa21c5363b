package io.varlen.attention;

import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;

/** Attention as it is defined, query by query in double precision, with every option of a call. */
public final class AttentionReference {
    /** {@code [T, Hq, D]}. */
    public final double[] output;

    /** {@code [Hq, T]}. */
    public final double[] lse;

    /** {@code [T, Hq]}: the largest magnitude among the values that each query sees. */
    public final double[] maxValue;

    private final Attention call;
    private final int heads;
    private final int dim;
    private final float[] q;
    private final float[] k;
    private final float[] v;
    private final float[] bias;
    private final float[] sinks;

    /** Of tensors whose columns are exactly the heads. */
    public AttentionReference(Attention call) {
        this.call = call;
        heads = call.q().count();
        dim = call.q().dim();
        q = call.q().tensor().toArray();
        k = call.k().tensor().toArray();
        v = call.v().tensor().toArray();
        bias = array(call.options().bias());
        sinks = array(call.options().sinks());
        int tokens = call.q().tokens();
        output = new double[tokens * heads * dim];
        lse = new double[heads * tokens];
        maxValue = new double[tokens * heads];
        CuSeqlens queries = call.mask().queries();
        for (int i = 0; i < queries.count(); i++) {
            for (int t = queries.start(i); t < queries.end(i); t++) {
                for (int h = 0; h < heads; h++) {
                    attend(i, t, h);
                }
            }
        }
    }

    private void attend(int sequence, int t, int h) {
        MaskPlan mask = call.mask();
        int first = mask.keys().start(sequence);
        double[] score = new double[mask.keys().length(sequence)];
        double max = sinks == null ? Double.NEGATIVE_INFINITY : sinks[h];
        for (int j = 0; j < score.length; j++) {
            score[j] = mask.visible(t, first + j) ? score(t, h, first + j, j) : Double.NEGATIVE_INFINITY;
            max = Math.max(max, score[j]);
        }
        if (max == Double.NEGATIVE_INFINITY) {
            lse[h * call.q().tokens() + t] = max;
            return;
        }
        double sum = sinks == null ? 0 : Math.exp(sinks[h] - max);
        int out = (t * heads + h) * dim;
        for (int j = 0; j < score.length; j++) {
            if (score[j] != Double.NEGATIVE_INFINITY) {
                double weight = Math.exp(score[j] - max);
                sum += weight;
                for (int d = 0; d < dim; d++) {
                    double value = v[element(first + j, h) + d];
                    output[out + d] += weight * value;
                    maxValue[t * heads + h] = Math.max(maxValue[t * heads + h], Math.abs(value));
                }
            }
        }
        for (int d = 0; d < dim; d++) {
            output[out + d] /= sum;
        }
        lse[h * call.q().tokens() + t] = max + Math.log(sum);
    }

    private double score(int t, int h, int key, int column) {
        double score = 0;
        for (int d = 0; d < dim; d++) {
            score += (double) q[(t * heads + h) * dim + d] * k[element(key, h) + d];
        }
        score *= call.options().scale();
        double cap = call.options().softcap();
        if (cap > 0) {
            score = cap * Math.tanh(score / cap);
        }
        if (bias != null) {
            Tensor shape = call.options().bias();
            int row = shape.rows() == call.q().tokens() ? t : h * call.q().tokens() + t;
            score += bias[row * shape.columns() + column];
        }
        return score;
    }

    /** Where the key's head for query head {@code h} begins. */
    private int element(int key, int h) {
        int group = heads / call.k().count();
        return (key * call.k().count() + h / group) * dim;
    }

    private static float[] array(Tensor tensor) {
        return tensor == null ? null : tensor.toArray();
    }
}
