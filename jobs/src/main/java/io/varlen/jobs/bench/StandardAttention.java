package io.varlen.jobs.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;

/**
 * Attention with its scores materialised, as frameworks compute it without a flash kernel: all scores of all sequences and
 * heads, then the softmax of all, then the products with the values. One {@code [length, length]} matrix per sequence and
 * head is kept, from the first call on.
 *
 * <p>Written to be a fair opponent: all threads work; loops run over neighbouring queries, so that the compiler vectorises
 * them with fused multiply-adds; queries go in blocks that stay in the nearer caches; four terms are added per visit of a
 * sum; and the softmax's division is left to the output, which is smaller. Full attention, one length.
 */
final class StandardAttention implements AutoCloseable {
    /** Queries per block of a product: with a head size of 16, 32 KiB of them. */
    private static final int PRODUCT_BLOCK = 512;

    /** Scores per block of a softmax: 512 KiB. */
    private static final int SOFTMAX_BLOCK = 1 << 17;

    private final int batch;
    private final int length;
    private final int heads;
    private final int headDim;
    private final int threads;
    private final ExecutorService pool;

    private float[][][] scores; // [sequence and head][key][query]
    private float[][] sums; // [sequence and head][query]

    /**
     * @param batch sequences
     * @param length tokens of each
     */
    StandardAttention(int batch, int length, int heads, int headDim, int threads) {
        this.batch = batch;
        this.length = length;
        this.heads = heads;
        this.headDim = headDim;
        this.threads = threads;
        this.pool = Executors.newFixedThreadPool(threads);
    }

    /** Bytes of all score matrices. */
    static long scoreBytes(int batch, int length, int heads) {
        return Float.BYTES * (long) batch * heads * length * length;
    }

    /**
     * @param q {@code [batch · length, heads · headDim]}, as are {@code k}, {@code v} and
     * @param o which receives the result
     */
    void run(float[] q, float[] k, float[] v, float[] o) {
        if (scores == null) {
            scores = new float[batch * heads][][];
            sums = new float[batch * heads][];
        }
        forEach(item -> computeScores(item, q, k));
        forEach(this::softmax);
        forEach(item -> multiplyValues(item, v, o));
    }

    private void computeScores(int item, float[] q, float[] k) {
        if (scores[item] == null) {
            scores[item] = new float[length][length];
        }
        float[][] queries = transposed(item, q);
        float[] weights = new float[headDim];
        for (int from = 0; from < length; from += PRODUCT_BLOCK) {
            int to = Math.min(length, from + PRODUCT_BLOCK);
            for (int key = 0; key < length; key++) {
                int at = at(item, key);
                for (int d = 0; d < headDim; d++) {
                    weights[d] = (float) (k[at + d] / Math.sqrt(headDim));
                }
                float[] row = scores[item][key];
                zero(row, from, to);
                addProducts(row, weights, queries, 0, headDim, from, to);
            }
        }
    }

    private void softmax(int item) {
        float[][] matrix = scores[item];
        float[] max = new float[length];
        float[] scratch = new float[length];
        if (sums[item] == null) {
            sums[item] = new float[length];
        }
        int block = Math.max(16, Math.min(PRODUCT_BLOCK, SOFTMAX_BLOCK / length));
        for (int from = 0; from < length; from += block) {
            int to = Math.min(length, from + block);
            System.arraycopy(matrix[0], from, max, from, to - from);
            for (float[] row : matrix) {
                max(max, row, from, to);
            }
            zero(sums[item], from, to);
            for (float[] row : matrix) {
                exp(row, max, scratch, from, to);
                add(sums[item], row, from, to);
            }
        }
    }

    private void multiplyValues(int item, float[] v, float[] o) {
        float[][] values = transposed(item, v);
        float[][] output = new float[headDim][length];
        for (int from = 0; from < length; from += PRODUCT_BLOCK) {
            int to = Math.min(length, from + PRODUCT_BLOCK);
            for (int key = 0; key < length; key += 4) {
                int count = Math.min(4, length - key);
                for (int d = 0; d < headDim; d++) {
                    addProducts(output[d], values[d], scores[item], key, count, from, to);
                }
            }
        }
        for (int query = 0; query < length; query++) {
            int at = at(item, query);
            for (int d = 0; d < headDim; d++) {
                o[at + d] = output[d][query] / sums[item][query];
            }
        }
    }

    /** {@code [headDim][length]} of one sequence and head. */
    private float[][] transposed(int item, float[] tokens) {
        float[][] columns = new float[headDim][length];
        for (int t = 0; t < length; t++) {
            int at = at(item, t);
            for (int d = 0; d < headDim; d++) {
                columns[d][t] = tokens[at + d];
            }
        }
        return columns;
    }

    private int at(int item, int token) {
        return (item / heads * length + token) * heads * headDim + item % heads * headDim;
    }

    /** {@code y += a[first] · x[first] + … + a[first + count - 1] · x[first + count - 1]}, where {@code a} counts as {@code x} does. */
    private static void addProducts(float[] y, float[] a, float[][] x, int first, int count, int from, int to) {
        int i = first;
        for (; i + 4 <= first + count; i += 4) {
            addFour(y, a[i], x[i], a[i + 1], x[i + 1], a[i + 2], x[i + 2], a[i + 3], x[i + 3], from, to);
        }
        for (; i < first + count; i++) {
            addOne(y, a[i], x[i], from, to);
        }
    }

    private static void addFour(
            float[] y,
            float a0,
            float[] x0,
            float a1,
            float[] x1,
            float a2,
            float[] x2,
            float a3,
            float[] x3,
            int from,
            int to) {
        for (int i = from; i < to; i++) {
            y[i] = Math.fma(a3, x3[i], Math.fma(a2, x2[i], Math.fma(a1, x1[i], Math.fma(a0, x0[i], y[i]))));
        }
    }

    private static void addOne(float[] y, float a, float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            y[i] = Math.fma(a, x[i], y[i]);
        }
    }

    private static void zero(float[] y, int from, int to) {
        for (int i = from; i < to; i++) {
            y[i] = 0;
        }
    }

    private static void add(float[] y, float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            y[i] += x[i];
        }
    }

    private static void max(float[] y, float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            y[i] = Math.max(y[i], x[i]);
        }
    }

    /**
     * {@code y = e^(y - max)} for {@code y <= max}: {@code 2^n · 2^r} with {@code n} the nearest integer, which goes into the
     * exponent's bits, and {@code 2^r} by the first terms of its series.
     */
    private static void exp(float[] y, float[] max, float[] n, int from, int to) {
        for (int i = from; i < to; i++) {
            float x = Math.max((y[i] - max[i]) * 1.44269504f, -125f); // log2(e)
            float nearest = (x + 0x1.8p23f) - 0x1.8p23f;
            n[i] = nearest;
            y[i] = x - nearest;
        }
        for (int i = from; i < to; i++) {
            float r = y[i];
            float p = Math.fma(1.540353e-4f, r, 1.3333558e-3f); // ln(2)^k / k!
            p = Math.fma(p, r, 9.6181291e-3f);
            p = Math.fma(p, r, 5.5504109e-2f);
            p = Math.fma(p, r, 2.4022651e-1f);
            p = Math.fma(p, r, 6.9314718e-1f);
            y[i] = Math.fma(p, r, 1f);
        }
        for (int i = from; i < to; i++) {
            y[i] = Float.intBitsToFloat(Float.floatToRawIntBits(y[i]) + ((int) n[i] << 23));
        }
    }

    /** Does something for each sequence and head, and returns when all is done. */
    private void forEach(IntConsumer work) {
        List<Callable<Void>> parts = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            int first = thread;
            parts.add(() -> {
                for (int item = first; item < batch * heads; item += threads) {
                    work.accept(item);
                }
                return null;
            });
        }
        try {
            for (Future<Void> part : pool.invokeAll(parts)) {
                part.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    @Override
    public void close() {
        pool.shutdown();
    }
}
