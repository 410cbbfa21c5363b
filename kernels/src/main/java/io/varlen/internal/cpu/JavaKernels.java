package io.varlen.internal.cpu;

import io.varlen.attention.Attention;
import io.varlen.attention.Norm;
import io.varlen.internal.Bf16;

/** In plain Java, written so that the compiler vectorises what it can. */
final class JavaKernels implements Kernels {
    @Override
    public String description() {
        return "attention in plain Java";
    }

    @Override
    public boolean areSlowUntilCompiled() {
        return false;
    }

    @Override
    public int queriesPerTile() {
        return FlashAttention.QUERY_TILE;
    }

    @Override
    public AttentionKernel attention(Attention call) {
        return new FlashAttention(call);
    }

    @Override
    public NormKernel norm(Norm norm) {
        return new NormRows(norm);
    }

    @Override
    public void rotateHalves(float[] x, int at, float[] cosines, float[] sines, int angle, int pairs) {
        for (int i = 0; i < pairs; i++) {
            float first = x[at + i];
            float second = x[at + pairs + i];
            x[at + i] = first * cosines[angle + i] - second * sines[angle + i];
            x[at + pairs + i] = second * cosines[angle + i] + first * sines[angle + i];
        }
    }

    @Override
    public double logSumExp(float[] x, int from, int count) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = from; i < from + count; i++) {
            max = Math.max(max, x[i]);
        }
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += Math.exp(x[i] - max);
        }
        return max + Math.log(sum);
    }

    @Override
    public void toBf16(float[] x, int from, short[] y, int count) {
        for (int i = 0; i < count; i++) {
            y[i] = Bf16.round(x[from + i]);
        }
    }
}
