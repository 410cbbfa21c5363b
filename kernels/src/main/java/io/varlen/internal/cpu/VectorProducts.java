package io.varlen.internal.cpu;

import static io.varlen.internal.cpu.VectorKernels.LANES;
import static io.varlen.internal.cpu.VectorKernels.SPECIES;
import static io.varlen.internal.cpu.VectorKernels.WIDTH;

import jdk.incubator.vector.FloatVector;

/**
 * The two matrix products of attention on a tile of queries whose lanes are queries: scores {@code S = K Q} and outputs
 * {@code O += Vᵀ P}. Keys and values enter as scalars.
 *
 * <p>Q {@code [dim, LANES]}, S and P {@code [keys, LANES]} and O {@code [dim, LANES]} are arrays with rows of
 * {@link VectorKernels#LANES}. Each loop keeps its block of results in registers: 4 rows of 4 vectors where all lanes take
 * part, 8 rows of one vector where masks cut the tile. A lane's sums have the same order in every form.
 */
final class VectorProducts {
    /** Rows of a result in a block of one vector. */
    static final int BLOCK = 8;

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
     * Adds the values {@code [count, stride]} from {@code value} on, weighted by the rows of weights from {@code at}, in all
     * lanes; {@code stride} is a multiple of {@value #BLOCK}, and the output has as many rows.
     */
    static void values(float[] v, int value, int stride, int count, float[] weights, int at, float[] output) {
        for (int d = 0; d < stride; d += 4) {
            values4x4(v, value + d, stride, count, weights, at, output, d * LANES);
        }
    }

    /** The same in one vector of lanes. */
    static void values(float[] v, int value, int stride, int count, float[] weights, int at, float[] output, int lane) {
        for (int d = 0; d < stride; d += BLOCK) {
            values8x1(v, value + d, stride, count, weights, at, output, d * LANES + lane);
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
            float[] v, int key, int stride, int count, float[] weights, int from, float[] output, int at) {
        FloatVector o00 = FloatVector.fromArray(SPECIES, output, at);
        FloatVector o01 = FloatVector.fromArray(SPECIES, output, at + WIDTH);
        FloatVector o02 = FloatVector.fromArray(SPECIES, output, at + 2 * WIDTH);
        FloatVector o03 = FloatVector.fromArray(SPECIES, output, at + 3 * WIDTH);
        FloatVector o10 = FloatVector.fromArray(SPECIES, output, at + LANES);
        FloatVector o11 = FloatVector.fromArray(SPECIES, output, at + LANES + WIDTH);
        FloatVector o12 = FloatVector.fromArray(SPECIES, output, at + LANES + 2 * WIDTH);
        FloatVector o13 = FloatVector.fromArray(SPECIES, output, at + LANES + 3 * WIDTH);
        FloatVector o20 = FloatVector.fromArray(SPECIES, output, at + 2 * LANES);
        FloatVector o21 = FloatVector.fromArray(SPECIES, output, at + 2 * LANES + WIDTH);
        FloatVector o22 = FloatVector.fromArray(SPECIES, output, at + 2 * LANES + 2 * WIDTH);
        FloatVector o23 = FloatVector.fromArray(SPECIES, output, at + 2 * LANES + 3 * WIDTH);
        FloatVector o30 = FloatVector.fromArray(SPECIES, output, at + 3 * LANES);
        FloatVector o31 = FloatVector.fromArray(SPECIES, output, at + 3 * LANES + WIDTH);
        FloatVector o32 = FloatVector.fromArray(SPECIES, output, at + 3 * LANES + 2 * WIDTH);
        FloatVector o33 = FloatVector.fromArray(SPECIES, output, at + 3 * LANES + 3 * WIDTH);
        for (int j = 0; j < count; j++) {
            int row = from + j * LANES;
            FloatVector p0 = FloatVector.fromArray(SPECIES, weights, row);
            FloatVector p1 = FloatVector.fromArray(SPECIES, weights, row + WIDTH);
            FloatVector p2 = FloatVector.fromArray(SPECIES, weights, row + 2 * WIDTH);
            FloatVector p3 = FloatVector.fromArray(SPECIES, weights, row + 3 * WIDTH);
            int value = key + j * stride;
            FloatVector x = FloatVector.broadcast(SPECIES, v[value]);
            o00 = x.fma(p0, o00);
            o01 = x.fma(p1, o01);
            o02 = x.fma(p2, o02);
            o03 = x.fma(p3, o03);
            x = FloatVector.broadcast(SPECIES, v[value + 1]);
            o10 = x.fma(p0, o10);
            o11 = x.fma(p1, o11);
            o12 = x.fma(p2, o12);
            o13 = x.fma(p3, o13);
            x = FloatVector.broadcast(SPECIES, v[value + 2]);
            o20 = x.fma(p0, o20);
            o21 = x.fma(p1, o21);
            o22 = x.fma(p2, o22);
            o23 = x.fma(p3, o23);
            x = FloatVector.broadcast(SPECIES, v[value + 3]);
            o30 = x.fma(p0, o30);
            o31 = x.fma(p1, o31);
            o32 = x.fma(p2, o32);
            o33 = x.fma(p3, o33);
        }
        o00.intoArray(output, at);
        o01.intoArray(output, at + WIDTH);
        o02.intoArray(output, at + 2 * WIDTH);
        o03.intoArray(output, at + 3 * WIDTH);
        o10.intoArray(output, at + LANES);
        o11.intoArray(output, at + LANES + WIDTH);
        o12.intoArray(output, at + LANES + 2 * WIDTH);
        o13.intoArray(output, at + LANES + 3 * WIDTH);
        o20.intoArray(output, at + 2 * LANES);
        o21.intoArray(output, at + 2 * LANES + WIDTH);
        o22.intoArray(output, at + 2 * LANES + 2 * WIDTH);
        o23.intoArray(output, at + 2 * LANES + 3 * WIDTH);
        o30.intoArray(output, at + 3 * LANES);
        o31.intoArray(output, at + 3 * LANES + WIDTH);
        o32.intoArray(output, at + 3 * LANES + 2 * WIDTH);
        o33.intoArray(output, at + 3 * LANES + 3 * WIDTH);
    }

    private static void values8x1(
            float[] v, int key, int stride, int count, float[] weights, int from, float[] output, int at) {
        FloatVector o0 = FloatVector.fromArray(SPECIES, output, at);
        FloatVector o1 = FloatVector.fromArray(SPECIES, output, at + LANES);
        FloatVector o2 = FloatVector.fromArray(SPECIES, output, at + 2 * LANES);
        FloatVector o3 = FloatVector.fromArray(SPECIES, output, at + 3 * LANES);
        FloatVector o4 = FloatVector.fromArray(SPECIES, output, at + 4 * LANES);
        FloatVector o5 = FloatVector.fromArray(SPECIES, output, at + 5 * LANES);
        FloatVector o6 = FloatVector.fromArray(SPECIES, output, at + 6 * LANES);
        FloatVector o7 = FloatVector.fromArray(SPECIES, output, at + 7 * LANES);
        for (int j = 0; j < count; j++) {
            FloatVector p = FloatVector.fromArray(SPECIES, weights, from + j * LANES);
            int value = key + j * stride;
            o0 = p.fma(FloatVector.broadcast(SPECIES, v[value]), o0);
            o1 = p.fma(FloatVector.broadcast(SPECIES, v[value + 1]), o1);
            o2 = p.fma(FloatVector.broadcast(SPECIES, v[value + 2]), o2);
            o3 = p.fma(FloatVector.broadcast(SPECIES, v[value + 3]), o3);
            o4 = p.fma(FloatVector.broadcast(SPECIES, v[value + 4]), o4);
            o5 = p.fma(FloatVector.broadcast(SPECIES, v[value + 5]), o5);
            o6 = p.fma(FloatVector.broadcast(SPECIES, v[value + 6]), o6);
            o7 = p.fma(FloatVector.broadcast(SPECIES, v[value + 7]), o7);
        }
        o0.intoArray(output, at);
        o1.intoArray(output, at + LANES);
        o2.intoArray(output, at + 2 * LANES);
        o3.intoArray(output, at + 3 * LANES);
        o4.intoArray(output, at + 4 * LANES);
        o5.intoArray(output, at + 5 * LANES);
        o6.intoArray(output, at + 6 * LANES);
        o7.intoArray(output, at + 7 * LANES);
    }
}
