package io.varlen.internal.cpu;

import static io.varlen.internal.cpu.VectorKernels.INTS;
import static io.varlen.internal.cpu.VectorKernels.SPECIES;

import io.varlen.internal.Bf16;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Loops over the elements of a row with the Vector API; those behind the last whole vector one by one. */
final class VectorRows {
    /** As many shorts as there are floats in a vector. */
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(SPECIES.vectorBitSize() / 2));

    private static final float LOG2_E = (float) (1 / Math.log(2));

    /** So many vectors are added up in fp32 before their sum goes on in double precision. */
    private static final int SUM_BLOCK = 64;

    private VectorRows() {}

    /** See {@link Kernels#rotateHalves}. */
    static void rotateHalves(float[] x, int at, float[] cosines, float[] sines, int angle, int pairs) {
        int whole = SPECIES.loopBound(pairs);
        for (int i = 0; i < whole; i += SPECIES.length()) {
            FloatVector first = FloatVector.fromArray(SPECIES, x, at + i);
            FloatVector second = FloatVector.fromArray(SPECIES, x, at + pairs + i);
            FloatVector cosine = FloatVector.fromArray(SPECIES, cosines, angle + i);
            FloatVector sine = FloatVector.fromArray(SPECIES, sines, angle + i);
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

    /** See {@link Kernels#logSumExp}. */
    static double logSumExp(float[] x, int from, int count) {
        float max = max(x, from, count);
        int whole = SPECIES.loopBound(count);
        double sum = 0;
        for (int at = 0; at < whole; at += SUM_BLOCK * SPECIES.length()) {
            sum += sumOfExp(x, from + at, Math.min(SUM_BLOCK * SPECIES.length(), whole - at), max);
        }
        for (int i = from + whole; i < from + count; i++) {
            sum += Math.exp(x[i] - max);
        }
        return max + Math.log(sum);
    }

    private static float max(float[] x, int from, int count) {
        int whole = SPECIES.loopBound(count);
        FloatVector largest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < whole; i += SPECIES.length()) {
            largest = largest.max(FloatVector.fromArray(SPECIES, x, from + i));
        }
        float max = largest.reduceLanes(VectorOperators.MAX);
        for (int i = from + whole; i < from + count; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }

    private static float sumOfExp(float[] x, int from, int count, float max) {
        FloatVector sums = FloatVector.zero(SPECIES);
        for (int i = 0; i < count; i += SPECIES.length()) {
            sums = sums.add(VectorSoftmax.anyExp2(FloatVector.broadcast(SPECIES, max)
                    .sub(FloatVector.fromArray(SPECIES, x, from + i))
                    .mul(LOG2_E)));
        }
        return sums.reduceLanes(VectorOperators.ADD);
    }

    /** See {@link Kernels#toBf16}. */
    static void toBf16(float[] x, int from, short[] y, int count) {
        int whole = SPECIES.loopBound(count);
        for (int i = 0; i < whole; i += SPECIES.length()) {
            FloatVector elements = FloatVector.fromArray(SPECIES, x, from + i);
            IntVector bits = elements.reinterpretAsInts();
            IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
            IntVector rounded = bits.add(odd).add(0x7fff);
            IntVector kept = rounded.blend(
                    bits.or(0x400000),
                    elements.compare(VectorOperators.NE, elements).cast(INTS));
            ((ShortVector) kept.lanewise(VectorOperators.LSHR, 16).convertShape(VectorOperators.I2S, SHORTS, 0))
                    .intoArray(y, i);
        }
        for (int i = whole; i < count; i++) {
            y[i] = Bf16.round(x[from + i]);
        }
    }
}
