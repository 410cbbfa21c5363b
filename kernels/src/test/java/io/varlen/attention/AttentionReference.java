package io.varlen.attention;

import io.varlen.mask.MaskPlan;

/** Attention as it is defined, query by query in double precision. */
public final class AttentionReference {
    /** {@code [T, Hq, D]}. */
    public final double[] output;

    /** {@code [Hq, T]}. */
    public final double[] lse;

    /** {@code [T, Hq]}: the largest magnitude among the values that each query sees. */
    public final double[] maxValue;

    /** Of tensors whose columns are exactly the heads. */
    public AttentionReference(Attention call) {
        int heads = call.q().count();
        int group = heads / call.k().count();
        int dim = call.q().dim();
        int tokens = call.q().tokens();
        float[] q = call.q().tensor().toArray();
        float[] k = call.k().tensor().toArray();
        float[] v = call.v().tensor().toArray();
        MaskPlan mask = call.mask();
        output = new double[tokens * heads * dim];
        lse = new double[heads * tokens];
        maxValue = new double[tokens * heads];
        for (int t = 0; t < tokens; t++) {
            for (int h = 0; h < heads; h++) {
                int kvHead = h / group;
                int at = (t * heads + h) * dim;
                double[] score = new double[mask.hi(t) - mask.lo(t)];
                double max = Double.NEGATIVE_INFINITY;
                for (int j = 0; j < score.length; j++) {
                    int key = ((mask.lo(t) + j) * call.k().count() + kvHead) * dim;
                    for (int d = 0; d < dim; d++) {
                        score[j] += (double) q[at + d] * k[key + d];
                    }
                    score[j] *= call.options().scale();
                    max = Math.max(max, score[j]);
                }
                double sum = 0;
                for (int j = 0; j < score.length; j++) {
                    double weight = Math.exp(score[j] - max);
                    sum += weight;
                    int value = ((mask.lo(t) + j) * call.k().count() + kvHead) * dim;
                    for (int d = 0; d < dim; d++) {
                        output[at + d] += weight * v[value + d];
                        maxValue[t * heads + h] = Math.max(maxValue[t * heads + h], Math.abs(v[value + d]));
                    }
                }
                for (int d = 0; d < dim && score.length > 0; d++) {
                    output[at + d] /= sum;
                }
                lse[h * tokens + t] = score.length == 0 ? Double.NEGATIVE_INFINITY : max + Math.log(sum);
            }
        }
    }
}
