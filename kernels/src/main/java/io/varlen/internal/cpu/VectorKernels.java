package io.varlen.internal.cpu;

import io.varlen.attention.Attention;
import io.varlen.attention.Norm;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** With the Vector API, in the widest vectors that the processor has. */
final class VectorKernels implements Kernels {
    private static final VectorSpecies<Float> FLOATS = VectorMath.FLOATS;

    /** As many shorts as there are floats in a vector. */
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));

    private static final double LN_2 = Math.log(2);
    private static final float LOG2_E = (float) (1 / LN_2);

    /** So many vectors are added up in fp32 before their sum goes on in double precision. */
    private static final int SUM_BLOCK = 64;

    VectorKernels() {}

    @Override
    public String description() {
        return "attention in Java vectors of " + FLOATS.vectorBitSize() + " bits";
    }

    @Override
    public AttentionKernel attention(Attention call) {
        return new FlashAttention(call);
    }

    @Override
    public NormKernel norm(Norm norm) {
        return new VectorNorm(norm);
    }

    @Override
    public void rotateHalves(float[] x, int at, float[] cosines, float[] sines, int angle, int pairs) {
        int whole = FLOATS.loopBound(pairs);
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector first = FloatVector.fromArray(FLOATS, x, at + i);
            FloatVector second = FloatVector.fromArray(FLOATS, x, at + pairs + i);
            FloatVector cosine = FloatVector.fromArray(FLOATS, cosines, angle + i);
            FloatVector sine = FloatVector.fromArray(FLOATS, sines, angle + i);
            first.mul(cosine).sub(second.mul(sine)).intoArray(x, at + i);
            second.mul(cosine).add(first.mul(sine)).intoArray(x, at + pairs + i);
        }
        for (int i = whole; i < pairs; i++) {
            float first = x[at + i];
            float second = x[at + pairs + i];
            x[at + i] = first * cosines[angle + i] - second * sines[angle + i];
            x[at + pairs + i] = second * cosines[angle + i] + first * sines[angle + i];
        }
    }

    @Override
    public double logSumExp(float[] x, int from, int count) {
        float max = max(x, from, count);
        int whole = FLOATS.loopBound(count);
        double sum = 0;
        for (int at = 0; at < whole; at += SUM_BLOCK * FLOATS.length()) {
            sum += sumOfExp(x, from + at, Math.min(SUM_BLOCK * FLOATS.length(), whole - at), max);
        }
        for (int i = from + whole; i < from + count; i++) {
            sum += Math.exp(x[i] - max);
        }
        return max + Math.log(sum);
    }

    private static float max(float[] x, int from, int count) {
        int whole = FLOATS.loopBound(count);
        FloatVector largest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < whole; i += FLOATS.length()) {
            largest = largest.max(FloatVector.fromArray(FLOATS, x, from + i));
        }
        float max = largest.reduceLanes(VectorOperators.MAX);
        for (int i = from + whole; i < from + count; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }

    private static float sumOfExp(float[] x, int from, int count, float max) {
        FloatVector sums = FloatVector.zero(FLOATS);
        for (int i = 0; i < count; i += FLOATS.length()) {
            sums = sums.add(VectorMath.exp2(
                    FloatVector.fromArray(FLOATS, x, from + i).sub(max).mul(LOG2_E)));
        }
        return sums.reduceLanes(VectorOperators.ADD);
    }

    @Override
    public void toBf16(float[] x, int from, short[] y, int count) {
        int whole = FLOATS.loopBound(count);
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector elements = FloatVector.fromArray(FLOATS, x, from + i);
            IntVector bits = elements.reinterpretAsInts();
            IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
            IntVector rounded = bits.add(odd).add(0x7fff);
            IntVector kept = rounded.blend(
                    bits.or(0x400000),
                    elements.compare(VectorOperators.NE, elements).cast(VectorMath.INTS));
            ((ShortVector) kept.lanewise(VectorOperators.LSHR, 16).convertShape(VectorOperators.I2S, SHORTS, 0))
                    .intoArray(y, i);
        }
        for (int i = whole; i < count; i++) {
            y[i] = Bf16.round(x[from + i]);
        }
    }
}
