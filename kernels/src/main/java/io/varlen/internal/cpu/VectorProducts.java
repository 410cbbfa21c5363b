package io.varlen.internal.cpu;

import static io.varlen.internal.cpu.VectorKernels.LANES;
import static io.varlen.internal.cpu.VectorKernels.MANY_REGISTERS;
import static io.varlen.internal.cpu.VectorKernels.SPECIES;
import static io.varlen.internal.cpu.VectorKernels.WIDTH;

import jdk.incubator.vector.FloatVector;

/**
 * The two matrix products of attention on a tile: scores {@code S = K Q}, whose lanes are queries, and outputs
 * {@code O += Pᵀ V}, whose lanes are the elements of a head. So queries alone are transposed; keys enter the first product as
 * scalars, weights the second.
 *
 * <p>Q {@code [dim, LANES]} and S and P {@code [keys, LANES]} are arrays with rows of {@link VectorKernels#LANES}. Each loop
 * keeps its block of results in registers: 4 rows of 4 vectors wherever there is as much, 8 rows of one vector where masks
 * cut the scores. An element's sum has the same order in every form.
 */
final class VectorProducts {
    /** Keys in a block of scores of one vector. */
    private static final int BLOCK = 8;

    private VectorProducts() {}

    /** The rows {@code at, at + LANES, …} of scores of {@code count} keys, in all lanes; the first key lies at {@code key}. */
    static void scores(float[] k, int key, int stride, int count, float[] queries, int dim, float[] scores, int at) {
        if (count < 4) {
            for (int lane = 0; lane < LANES; lane += WIDTH) {
                scores(k, key, stride, count, queries, dim, lane, scores, at + lane);
            }
            return;
        }
        for (int j = 0; j < count; j += 4) {
            int row = Math.min(j, count - 4); // the last block may overlap the one before it
            scores4x4(k, key + row * stride, stride, queries, dim, scores, at + row * LANES);
        }
    }

    /** The same in one vector of lanes. */
    static void scores(
            float[] k, int key, int stride, int count, float[] queries, int dim, int lane, float[] scores, int at) {
        if (count < BLOCK) {
            for (int j = 0; j < count; j++) {
                scores1x1(k, key + j * stride, queries, dim, lane, scores, at + j * LANES);
            }
            return;
        }
        for (int j = 0; j < count; j += BLOCK) {
            int row = Math.min(j, count - BLOCK);
            scores8x1(k, key + row * stride, stride, queries, dim, lane, scores, at + row * LANES);
        }
    }

    /**
     * Adds to four rows of outputs the values {@code [count, dim]} from {@code value} on, weighted by four lanes of the rows of
     * weights from {@code at}.
     *
     * @param start holds what the values are added to from {@code startRow} on: the outputs themselves, or zeros
     * @param dim the length of a row of values and of outputs; a multiple of {@link VectorKernels#WIDTH}
     */
    static void values(
            float[] values,
            int value,
            int count,
            float[] weights,
            int at,
            float[] start,
            int startRow,
            float[] output,
            int row,
            int dim) {
        int d = 0;
        for (; MANY_REGISTERS && d + 4 * WIDTH <= dim; d += 4 * WIDTH) {
            values4x4(values, value + d, count, weights, at, start, startRow + d, output, row + d, dim);
        }
        for (; d + 2 * WIDTH <= dim; d += 2 * WIDTH) {
            values4x2(values, value + d, count, weights, at, start, startRow + d, output, row + d, dim);
        }
        if (d < dim) {
            values4x1(values, value + d, count, weights, at, start, startRow + d, output, row + d, dim);
        }
    }

    /** The same for eight rows of two vectors each. */
    static void valuesOfTwoVectors(
            float[] values,
            int value,
            int count,
            float[] weights,
            int at,
            float[] start,
            int startRow,
            float[] output,
            int row) {
        values8x2(values, value, count, weights, at, start, startRow, output, row, 2 * WIDTH);
    }

    /** {@code to = factor · from}, where both may be the same. */
    static void scale(float[] from, int at, float factor, float[] to, int target, int dim) {
        FloatVector factors = FloatVector.broadcast(SPECIES, factor);
        int d = 0;
        for (; d + WIDTH <= dim; d += WIDTH) {
            FloatVector.fromArray(SPECIES, from, at + d).mul(factors).intoArray(to, target + d);
        }
        for (; d < dim; d++) {
            to[target + d] = from[at + d] * factor;
        }
    }

    /** Copies {@code count} rows of {@code dim} elements: far apart they would drive each other out of the cache. */
    static void pack(float[] from, int at, int stride, int count, float[] to, int row, int rowStride, int dim) {
        for (int j = 0; j < count; j++) {
            int source = at + j * stride;
            int target = row + j * rowStride;
            int d = 0;
            for (; d + WIDTH <= dim; d += WIDTH) {
                FloatVector.fromArray(SPECIES, from, source + d).intoArray(to, target + d);
            }
            for (; d < dim; d++) {
                to[target + d] = from[source + d];
            }
        }
    }

    private static void scores4x4(float[] k, int key, int stride, float[] queries, int dim, float[] scores, int at) {
        FloatVector s00 = FloatVector.zero(SPECIES);
        FloatVector s01 = s00;
        FloatVector s02 = s00;
        FloatVector s03 = s00;
        FloatVector s10 = s00;
        FloatVector s11 = s00;
        FloatVector s12 = s00;
        FloatVector s13 = s00;
        FloatVector s20 = s00;
        FloatVector s21 = s00;
        FloatVector s22 = s00;
        FloatVector s23 = s00;
        FloatVector s30 = s00;
        FloatVector s31 = s00;
        FloatVector s32 = s00;
        FloatVector s33 = s00;
        int key1 = key + stride;
        int key2 = key1 + stride;
        int key3 = key2 + stride;
        for (int d = 0; d < dim; d++) {
            FloatVector q0 = FloatVector.fromArray(SPECIES, queries, d * LANES);
            FloatVector q1 = FloatVector.fromArray(SPECIES, queries, d * LANES + WIDTH);
            FloatVector q2 = FloatVector.fromArray(SPECIES, queries, d * LANES + 2 * WIDTH);
            FloatVector q3 = FloatVector.fromArray(SPECIES, queries, d * LANES + 3 * WIDTH);
            FloatVector x = FloatVector.broadcast(SPECIES, k[key + d]);
            s00 = x.fma(q0, s00);
            s01 = x.fma(q1, s01);
            s02 = x.fma(q2, s02);
            s03 = x.fma(q3, s03);
            x = FloatVector.broadcast(SPECIES, k[key1 + d]);
            s10 = x.fma(q0, s10);
            s11 = x.fma(q1, s11);
            s12 = x.fma(q2, s12);
            s13 = x.fma(q3, s13);
            x = FloatVector.broadcast(SPECIES, k[key2 + d]);
            s20 = x.fma(q0, s20);
            s21 = x.fma(q1, s21);
            s22 = x.fma(q2, s22);
            s23 = x.fma(q3, s23);
            x = FloatVector.broadcast(SPECIES, k[key3 + d]);
            s30 = x.fma(q0, s30);
            s31 = x.fma(q1, s31);
            s32 = x.fma(q2, s32);
            s33 = x.fma(q3, s33);
        }
        s00.intoArray(scores, at);
        s01.intoArray(scores, at + WIDTH);
        s02.intoArray(scores, at + 2 * WIDTH);
        s03.intoArray(scores, at + 3 * WIDTH);
        s10.intoArray(scores, at + LANES);
        s11.intoArray(scores, at + LANES + WIDTH);
        s12.intoArray(scores, at + LANES + 2 * WIDTH);
        s13.intoArray(scores, at + LANES + 3 * WIDTH);
        s20.intoArray(scores, at + 2 * LANES);
        s21.intoArray(scores, at + 2 * LANES + WIDTH);
        s22.intoArray(scores, at + 2 * LANES + 2 * WIDTH);
        s23.intoArray(scores, at + 2 * LANES + 3 * WIDTH);
        s30.intoArray(scores, at + 3 * LANES);
        s31.intoArray(scores, at + 3 * LANES + WIDTH);
        s32.intoArray(scores, at + 3 * LANES + 2 * WIDTH);
        s33.intoArray(scores, at + 3 * LANES + 3 * WIDTH);
    }

    private static void scores8x1(
            float[] k, int key, int stride, float[] queries, int dim, int lane, float[] scores, int at) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        FloatVector s4 = s0;
        FloatVector s5 = s0;
        FloatVector s6 = s0;
        FloatVector s7 = s0;
        for (int d = 0; d < dim; d++) {
            FloatVector q = FloatVector.fromArray(SPECIES, queries, d * LANES + lane);
            int x = key + d;
            s0 = q.fma(FloatVector.broadcast(SPECIES, k[x]), s0);
            s1 = q.fma(FloatVector.broadcast(SPECIES, k[x + stride]), s1);
            s2 = q.fma(FloatVector.broadcast(SPECIES, k[x + 2 * stride]), s2);
            s3 = q.fma(FloatVector.broadcast(SPECIES, k[x + 3 * stride]), s3);
            s4 = q.fma(FloatVector.broadcast(SPECIES, k[x + 4 * stride]), s4);
            s5 = q.fma(FloatVector.broadcast(SPECIES, k[x + 5 * stride]), s5);
            s6 = q.fma(FloatVector.broadcast(SPECIES, k[x + 6 * stride]), s6);
            s7 = q.fma(FloatVector.broadcast(SPECIES, k[x + 7 * stride]), s7);
        }
        s0.intoArray(scores, at);
        s1.intoArray(scores, at + LANES);
        s2.intoArray(scores, at + 2 * LANES);
        s3.intoArray(scores, at + 3 * LANES);
        s4.intoArray(scores, at + 4 * LANES);
        s5.intoArray(scores, at + 5 * LANES);
        s6.intoArray(scores, at + 6 * LANES);
        s7.intoArray(scores, at + 7 * LANES);
    }

    private static void scores1x1(float[] k, int key, float[] queries, int dim, int lane, float[] scores, int at) {
        FloatVector s = FloatVector.zero(SPECIES);
        for (int d = 0; d < dim; d++) {
            FloatVector q = FloatVector.fromArray(SPECIES, queries, d * LANES + lane);
            s = q.fma(FloatVector.broadcast(SPECIES, k[key + d]), s);
        }
        s.intoArray(scores, at);
    }

    private static void values4x4(
            float[] values,
            int value,
            int count,
            float[] weights,
            int from,
            float[] start,
            int startAt,
            float[] output,
            int at,
            int dim) {
        FloatVector o00 = FloatVector.fromArray(SPECIES, start, startAt);
        FloatVector o01 = FloatVector.fromArray(SPECIES, start, startAt + WIDTH);
        FloatVector o02 = FloatVector.fromArray(SPECIES, start, startAt + 2 * WIDTH);
        FloatVector o03 = FloatVector.fromArray(SPECIES, start, startAt + 3 * WIDTH);
        FloatVector o10 = FloatVector.fromArray(SPECIES, start, startAt + dim);
        FloatVector o11 = FloatVector.fromArray(SPECIES, start, startAt + dim + WIDTH);
        FloatVector o12 = FloatVector.fromArray(SPECIES, start, startAt + dim + 2 * WIDTH);
        FloatVector o13 = FloatVector.fromArray(SPECIES, start, startAt + dim + 3 * WIDTH);
        FloatVector o20 = FloatVector.fromArray(SPECIES, start, startAt + 2 * dim);
        FloatVector o21 = FloatVector.fromArray(SPECIES, start, startAt + 2 * dim + WIDTH);
        FloatVector o22 = FloatVector.fromArray(SPECIES, start, startAt + 2 * dim + 2 * WIDTH);
        FloatVector o23 = FloatVector.fromArray(SPECIES, start, startAt + 2 * dim + 3 * WIDTH);
        FloatVector o30 = FloatVector.fromArray(SPECIES, start, startAt + 3 * dim);
        FloatVector o31 = FloatVector.fromArray(SPECIES, start, startAt + 3 * dim + WIDTH);
        FloatVector o32 = FloatVector.fromArray(SPECIES, start, startAt + 3 * dim + 2 * WIDTH);
        FloatVector o33 = FloatVector.fromArray(SPECIES, start, startAt + 3 * dim + 3 * WIDTH);
        for (int j = 0; j < count; j++) {
            int row = value + j * dim;
            FloatVector v0 = FloatVector.fromArray(SPECIES, values, row);
            FloatVector v1 = FloatVector.fromArray(SPECIES, values, row + WIDTH);
            FloatVector v2 = FloatVector.fromArray(SPECIES, values, row + 2 * WIDTH);
            FloatVector v3 = FloatVector.fromArray(SPECIES, values, row + 3 * WIDTH);
            int weight = from + j * LANES;
            FloatVector p = FloatVector.broadcast(SPECIES, weights[weight]);
            o00 = p.fma(v0, o00);
            o01 = p.fma(v1, o01);
            o02 = p.fma(v2, o02);
            o03 = p.fma(v3, o03);
            p = FloatVector.broadcast(SPECIES, weights[weight + 1]);
            o10 = p.fma(v0, o10);
            o11 = p.fma(v1, o11);
            o12 = p.fma(v2, o12);
            o13 = p.fma(v3, o13);
            p = FloatVector.broadcast(SPECIES, weights[weight + 2]);
            o20 = p.fma(v0, o20);
            o21 = p.fma(v1, o21);
            o22 = p.fma(v2, o22);
            o23 = p.fma(v3, o23);
            p = FloatVector.broadcast(SPECIES, weights[weight + 3]);
            o30 = p.fma(v0, o30);
            o31 = p.fma(v1, o31);
            o32 = p.fma(v2, o32);
            o33 = p.fma(v3, o33);
        }
        o00.intoArray(output, at);
        o01.intoArray(output, at + WIDTH);
        o02.intoArray(output, at + 2 * WIDTH);
        o03.intoArray(output, at + 3 * WIDTH);
        o10.intoArray(output, at + dim);
        o11.intoArray(output, at + dim + WIDTH);
        o12.intoArray(output, at + dim + 2 * WIDTH);
        o13.intoArray(output, at + dim + 3 * WIDTH);
        o20.intoArray(output, at + 2 * dim);
        o21.intoArray(output, at + 2 * dim + WIDTH);
        o22.intoArray(output, at + 2 * dim + 2 * WIDTH);
        o23.intoArray(output, at + 2 * dim + 3 * WIDTH);
        o30.intoArray(output, at + 3 * dim);
        o31.intoArray(output, at + 3 * dim + WIDTH);
        o32.intoArray(output, at + 3 * dim + 2 * WIDTH);
        o33.intoArray(output, at + 3 * dim + 3 * WIDTH);
    }

    private static void values8x2(
            float[] values,
            int value,
            int count,
            float[] weights,
            int from,
            float[] start,
            int startAt,
            float[] output,
            int at,
            int dim) {
        FloatVector o00 = FloatVector.fromArray(SPECIES, start, startAt);
        FloatVector o01 = FloatVector.fromArray(SPECIES, start, startAt + WIDTH);
        FloatVector o10 = FloatVector.fromArray(SPECIES, start, startAt + dim);
        FloatVector o11 = FloatVector.fromArray(SPECIES, start, startAt + dim + WIDTH);
        FloatVector o20 = FloatVector.fromArray(SPECIES, start, startAt + 2 * dim);
        FloatVector o21 = FloatVector.fromArray(SPECIES, start, startAt + 2 * dim + WIDTH);
        FloatVector o30 = FloatVector.fromArray(SPECIES, start, startAt + 3 * dim);
        FloatVector o31 = FloatVector.fromArray(SPECIES, start, startAt + 3 * dim + WIDTH);
        FloatVector o40 = FloatVector.fromArray(SPECIES, start, startAt + 4 * dim);
        FloatVector o41 = FloatVector.fromArray(SPECIES, start, startAt + 4 * dim + WIDTH);
        FloatVector o50 = FloatVector.fromArray(SPECIES, start, startAt + 5 * dim);
        FloatVector o51 = FloatVector.fromArray(SPECIES, start, startAt + 5 * dim + WIDTH);
        FloatVector o60 = FloatVector.fromArray(SPECIES, start, startAt + 6 * dim);
        FloatVector o61 = FloatVector.fromArray(SPECIES, start, startAt + 6 * dim + WIDTH);
        FloatVector o70 = FloatVector.fromArray(SPECIES, start, startAt + 7 * dim);
        FloatVector o71 = FloatVector.fromArray(SPECIES, start, startAt + 7 * dim + WIDTH);
        for (int j = 0; j < count; j++) {
            int row = value + j * dim;
            FloatVector v0 = FloatVector.fromArray(SPECIES, values, row);
            FloatVector v1 = FloatVector.fromArray(SPECIES, values, row + WIDTH);
            int weight = from + j * LANES;
            FloatVector p = FloatVector.broadcast(SPECIES, weights[weight]);
            o00 = p.fma(v0, o00);
            o01 = p.fma(v1, o01);
            p = FloatVector.broadcast(SPECIES, weights[weight + 1]);
            o10 = p.fma(v0, o10);
            o11 = p.fma(v1, o11);
            p = FloatVector.broadcast(SPECIES, weights[weight + 2]);
            o20 = p.fma(v0, o20);
            o21 = p.fma(v1, o21);
            p = FloatVector.broadcast(SPECIES, weights[weight + 3]);
            o30 = p.fma(v0, o30);
            o31 = p.fma(v1, o31);
            p = FloatVector.broadcast(SPECIES, weights[weight + 4]);
            o40 = p.fma(v0, o40);
            o41 = p.fma(v1, o41);
            p = FloatVector.broadcast(SPECIES, weights[weight + 5]);
            o50 = p.fma(v0, o50);
            o51 = p.fma(v1, o51);
            p = FloatVector.broadcast(SPECIES, weights[weight + 6]);
            o60 = p.fma(v0, o60);
            o61 = p.fma(v1, o61);
            p = FloatVector.broadcast(SPECIES, weights[weight + 7]);
            o70 = p.fma(v0, o70);
            o71 = p.fma(v1, o71);
        }
        o00.intoArray(output, at);
        o01.intoArray(output, at + WIDTH);
        o10.intoArray(output, at + dim);
        o11.intoArray(output, at + dim + WIDTH);
        o20.intoArray(output, at + 2 * dim);
        o21.intoArray(output, at + 2 * dim + WIDTH);
        o30.intoArray(output, at + 3 * dim);
        o31.intoArray(output, at + 3 * dim + WIDTH);
        o40.intoArray(output, at + 4 * dim);
        o41.intoArray(output, at + 4 * dim + WIDTH);
        o50.intoArray(output, at + 5 * dim);
        o51.intoArray(output, at + 5 * dim + WIDTH);
        o60.intoArray(output, at + 6 * dim);
        o61.intoArray(output, at + 6 * dim + WIDTH);
        o70.intoArray(output, at + 7 * dim);
        o71.intoArray(output, at + 7 * dim + WIDTH);
    }

    private static void values4x2(
            float[] values,
            int value,
            int count,
            float[] weights,
            int from,
            float[] start,
            int startAt,
            float[] output,
            int at,
            int dim) {
        FloatVector o00 = FloatVector.fromArray(SPECIES, start, startAt);
        FloatVector o01 = FloatVector.fromArray(SPECIES, start, startAt + WIDTH);
        FloatVector o10 = FloatVector.fromArray(SPECIES, start, startAt + dim);
        FloatVector o11 = FloatVector.fromArray(SPECIES, start, startAt + dim + WIDTH);
        FloatVector o20 = FloatVector.fromArray(SPECIES, start, startAt + 2 * dim);
        FloatVector o21 = FloatVector.fromArray(SPECIES, start, startAt + 2 * dim + WIDTH);
        FloatVector o30 = FloatVector.fromArray(SPECIES, start, startAt + 3 * dim);
        FloatVector o31 = FloatVector.fromArray(SPECIES, start, startAt + 3 * dim + WIDTH);
        for (int j = 0; j < count; j++) {
            int row = value + j * dim;
            FloatVector v0 = FloatVector.fromArray(SPECIES, values, row);
            FloatVector v1 = FloatVector.fromArray(SPECIES, values, row + WIDTH);
            int weight = from + j * LANES;
            FloatVector p = FloatVector.broadcast(SPECIES, weights[weight]);
            o00 = p.fma(v0, o00);
            o01 = p.fma(v1, o01);
            p = FloatVector.broadcast(SPECIES, weights[weight + 1]);
            o10 = p.fma(v0, o10);
            o11 = p.fma(v1, o11);
            p = FloatVector.broadcast(SPECIES, weights[weight + 2]);
            o20 = p.fma(v0, o20);
            o21 = p.fma(v1, o21);
            p = FloatVector.broadcast(SPECIES, weights[weight + 3]);
            o30 = p.fma(v0, o30);
            o31 = p.fma(v1, o31);
        }
        o00.intoArray(output, at);
        o01.intoArray(output, at + WIDTH);
        o10.intoArray(output, at + dim);
        o11.intoArray(output, at + dim + WIDTH);
        o20.intoArray(output, at + 2 * dim);
        o21.intoArray(output, at + 2 * dim + WIDTH);
        o30.intoArray(output, at + 3 * dim);
        o31.intoArray(output, at + 3 * dim + WIDTH);
    }

    private static void values4x1(
            float[] values,
            int value,
            int count,
            float[] weights,
            int from,
            float[] start,
            int startAt,
            float[] output,
            int at,
            int dim) {
        FloatVector o00 = FloatVector.fromArray(SPECIES, start, startAt);
        FloatVector o10 = FloatVector.fromArray(SPECIES, start, startAt + dim);
        FloatVector o20 = FloatVector.fromArray(SPECIES, start, startAt + 2 * dim);
        FloatVector o30 = FloatVector.fromArray(SPECIES, start, startAt + 3 * dim);
        for (int j = 0; j < count; j++) {
            int row = value + j * dim;
            FloatVector v0 = FloatVector.fromArray(SPECIES, values, row);
            int weight = from + j * LANES;
            FloatVector p = FloatVector.broadcast(SPECIES, weights[weight]);
            o00 = p.fma(v0, o00);
            p = FloatVector.broadcast(SPECIES, weights[weight + 1]);
            o10 = p.fma(v0, o10);
            p = FloatVector.broadcast(SPECIES, weights[weight + 2]);
            o20 = p.fma(v0, o20);
            p = FloatVector.broadcast(SPECIES, weights[weight + 3]);
            o30 = p.fma(v0, o30);
        }
        o00.intoArray(output, at);
        o10.intoArray(output, at + dim);
        o20.intoArray(output, at + 2 * dim);
        o30.intoArray(output, at + 3 * dim);
    }
}
