package io.varlen.internal.cpu;

import static io.varlen.internal.cpu.VectorKernels.LANES;
import static io.varlen.internal.cpu.VectorKernels.SPECIES;
import static io.varlen.internal.cpu.VectorKernels.WIDTH;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The softmax of attention down the rows of a tile of scores, in one vector of lanes; scores are in units of log 2. Rows lie
 * {@link VectorKernels#LANES} apart.
 */
final class VectorSoftmax {
    /** Adding it rounds a float of magnitude below 2^22 to the nearest integer, which is then in the lowest bits. */
    private static final float ROUNDER = 0x1.8p23f;

    /** Where weights end: 2^-127 is computed as exactly 0. */
    private static final int END = Float.floatToRawIntBits(127f);

    private static final int INFINITY = ordered(Float.POSITIVE_INFINITY);
    private static final int MINUS_INFINITY = ordered(Float.NEGATIVE_INFINITY);

    private VectorSoftmax() {}

    /** Gives -∞ to the scores of the keys {@code [from, to)} before the first one that a lane sees. */
    static void hideBefore(float[] scores, int from, int to, float[] first, int lane) {
        FloatVector firstKey = FloatVector.fromArray(SPECIES, first, lane);
        for (int key = from; key < to; key++) {
            FloatVector.fromArray(SPECIES, scores, key * LANES + lane)
                    .blend(Float.NEGATIVE_INFINITY, firstKey.compare(VectorOperators.GT, (float) key))
                    .intoArray(scores, key * LANES + lane);
        }
    }

    /** Gives -∞ to the scores of the keys {@code [from, to)} behind the last one that a lane sees. */
    static void hideBehind(float[] scores, int from, int to, float[] end, int lane) {
        FloatVector endKey = FloatVector.fromArray(SPECIES, end, lane);
        for (int key = from; key < to; key++) {
            FloatVector.fromArray(SPECIES, scores, key * LANES + lane)
                    .blend(Float.NEGATIVE_INFINITY, endKey.compare(VectorOperators.LE, (float) key))
                    .intoArray(scores, key * LANES + lane);
        }
    }

    /** Whether neither NaN nor infinity is among the first elements, whose number is a multiple of two vectors. */
    static boolean isFinite(float[] elements, int length) {
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector even = zero; // a product with what is not finite is NaN, which stays
        FloatVector odd = zero;
        for (int i = 0; i < length; i += 2 * WIDTH) {
            even = FloatVector.fromArray(SPECIES, elements, i).fma(zero, even);
            odd = FloatVector.fromArray(SPECIES, elements, i + WIDTH).fma(zero, odd);
        }
        return !even.add(odd).compare(VectorOperators.NE, zero).anyTrue();
    }

    /**
     * Raises {@code max[lane…]} to the largest score of each lane.
     *
     * <p>Compares as integers, for a maximum of floats as Java defines it takes six instructions.
     *
     * @return whether neither +∞ nor NaN is among the scores
     */
    static boolean max(float[] scores, int at, int keys, float[] max, int lane) {
        IntVector highest = ordered(FloatVector.fromArray(SPECIES, max, lane));
        IntVector lowest = highest;
        for (int j = 0; j < keys; j++) {
            IntVector score = ordered(FloatVector.fromArray(SPECIES, scores, at + j * LANES));
            highest = highest.max(score);
            lowest = lowest.min(score);
        }
        floats(highest).intoArray(max, lane);
        return !highest.compare(VectorOperators.GE, INFINITY).anyTrue()
                && !lowest.compare(VectorOperators.LT, MINUS_INFINITY).anyTrue();
    }

    /**
     * {@code scores = 2^(scores - max)}, and their sum to {@code sum[lane…]}; what is below 2^-127 becomes 0.
     *
     * @param max at least as large as every score, none of which is +∞ or NaN
     */
    static void weights(float[] scores, int at, int keys, float[] max, float[] sum, int lane) {
        FloatVector top = FloatVector.fromArray(SPECIES, max, lane);
        FloatVector total = FloatVector.zero(SPECIES);
        for (int j = 0; j < keys; j++) {
            FloatVector weight = exp2(top.sub(FloatVector.fromArray(SPECIES, scores, at + j * LANES)));
            weight.intoArray(scores, at + j * LANES);
            total = total.add(weight);
        }
        total.intoArray(sum, lane);
    }

    /** The same for any scores: what is not finite gives what IEEE arithmetic says. */
    static void anyWeights(float[] scores, int at, int keys, float[] max, float[] sum, int lane) {
        FloatVector top = FloatVector.fromArray(SPECIES, max, lane);
        FloatVector total = FloatVector.zero(SPECIES);
        for (int j = 0; j < keys; j++) {
            FloatVector weight = anyExp2(top.sub(FloatVector.fromArray(SPECIES, scores, at + j * LANES)));
            weight.intoArray(scores, at + j * LANES);
            total = total.add(weight);
        }
        total.intoArray(sum, lane);
    }

    /**
     * Brings the sum of earlier keys from their maximum to the new one, and adds the new sum.
     *
     * @param max receives {@code newMax}
     * @param factor receives what earlier outputs are to be multiplied with
     */
    static void merge(float[] max, float[] newMax, float[] sum, float[] newSum, float[] factor, int lane) {
        FloatVector top = FloatVector.fromArray(SPECIES, newMax, lane);
        FloatVector scale = anyExp2(top.sub(FloatVector.fromArray(SPECIES, max, lane)));
        scale.intoArray(factor, lane);
        scale.fma(FloatVector.fromArray(SPECIES, sum, lane), FloatVector.fromArray(SPECIES, newSum, lane))
                .intoArray(sum, lane);
        top.intoArray(max, lane);
    }

    /**
     * {@code 2^-x} for {@code x >= 0}, to a relative error of 2e-7.
     *
     * <p>{@code 2^-x = 2^n · 2^r} with {@code n} the integer nearest to {@code -x}: {@code 2^r} is a polynomial (minimax on
     * [-1/2, 1/2]), {@code n} is added to its exponent. As integers, floats that are not negative have the order that they
     * have as floats.
     */
    private static FloatVector exp2(FloatVector x) {
        FloatVector bounded = x.reinterpretAsInts()
                .min(IntVector.broadcast(VectorKernels.INTS, END))
                .reinterpretAsFloats();
        FloatVector rounder = FloatVector.broadcast(SPECIES, ROUNDER);
        FloatVector shifted = rounder.sub(bounded);
        FloatVector r = rounder.sub(shifted).sub(bounded);
        FloatVector power =
                r.fma(FloatVector.broadcast(SPECIES, 1.3264727e-3f), FloatVector.broadcast(SPECIES, 9.671513e-3f));
        power = power.fma(r, FloatVector.broadcast(SPECIES, 5.5507336e-2f));
        power = power.fma(r, FloatVector.broadcast(SPECIES, 2.4022242e-1f));
        power = power.fma(r, FloatVector.broadcast(SPECIES, 6.93147e-1f));
        power = power.fma(r, FloatVector.broadcast(SPECIES, 1f));
        IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        return power.reinterpretAsInts().add(exponent).reinterpretAsFloats();
    }

    /** The same; NaN where {@code x} is. */
    static FloatVector anyExp2(FloatVector x) {
        return exp2(x).blend(Float.NaN, x.compare(VectorOperators.NE, x));
    }

    /** Integers in the order of floats, with a NaN at either end; undone by itself. */
    private static IntVector ordered(FloatVector x) {
        IntVector bits = x.reinterpretAsInts();
        return bits.lanewise(
                VectorOperators.XOR, bits.lanewise(VectorOperators.ASHR, 31).and(Integer.MAX_VALUE));
    }

    private static FloatVector floats(IntVector ordered) {
        return ordered(ordered.reinterpretAsFloats()).reinterpretAsFloats();
    }

    private static int ordered(float x) {
        int bits = Float.floatToRawIntBits(x);
        return bits ^ (bits >> 31 & Integer.MAX_VALUE);
    }
}
