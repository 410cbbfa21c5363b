package io.varlen.internal.cpu;

import static io.varlen.internal.cpu.VectorKernels.LANES;
import static io.varlen.internal.cpu.VectorKernels.VECTORS;
import static io.varlen.internal.cpu.VectorKernels.WIDTH;

import io.varlen.attention.Attention;
import io.varlen.attention.AttentionOptions;
import io.varlen.attention.Heads;
import io.varlen.mask.MaskPlan;
import io.varlen.mask.QueryTile;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Attention with an online softmax (Milakov and Gimelshein 2018, arXiv:1805.02867) in vectors.
 *
 * <p>A tile of queries is transposed and scaled once, so that each query is a lane of the scores: maxima and sums go down the
 * rows without a reduction across lanes. The lanes of outputs are the elements of a head, as they lie in memory. Tiles of queries and of keys start at the first token of their
 * sequence, so a sequence's bits depend on nothing around it. Where all queries of a tile see all its keys, all vectors of
 * lanes go together; else each vector takes the keys between the first and the last that its queries see. Scores are kept in
 * units of log 2.
 */
final class VectorFlashAttention implements AttentionKernel {
    static final int KEY_TILE = 64;

    /** So few vectors of queries go one by one: rounding them up to a whole tile would cost more. */
    private static final int FEW_VECTORS = 2;

    private static final double LN_2 = Math.log(2);

    private final Consumer<VectorFlashAttention> owner;

    private final float[] scores = new float[KEY_TILE * LANES];
    private final float[] max = new float[LANES];
    private final float[] newMax = new float[LANES];
    private final float[] sum = new float[LANES];
    private final float[] newSum = new float[LANES];
    private final float[] factor = new float[LANES];

    /** Per lane the keys that it sees, counted from the tile's first one. */
    private final float[] lo = new float[LANES];

    private final float[] hi = new float[LANES];

    /** {@code [headDim, LANES]}. */
    private float[] queries;

    /** {@code [KEY_TILE, paddedDim]}, with zeros in the padding. */
    private float[] values;

    /** {@code [LANES, paddedDim]}. */
    private float[] output;

    private float[] zeros;

    /** How many queries go together in the second product. */
    private int group;

    private Attention call;
    private MaskPlan mask;
    private AttentionOptions options;
    private int headDim;

    /** The head size in whole vectors. */
    private int paddedDim;

    private float[] k;
    private float[] v;
    private int keyStride;
    private int valueStride;

    /** Whether scores are more than products: each is then looked at by itself. */
    private boolean general;

    /** The vectors of queries that have seen a key, as bits. */
    private int started;

    /** The groups of queries that have outputs, as bits; what the others have is left from an earlier tile. */
    private int begun;

    /** Whether a weight of 0 may have hidden a value from a query. */
    private boolean cut;

    /** Whether there is a value among the hidden ones that a weight of 0 does not hide, because it is not finite. */
    private boolean careful;

    VectorFlashAttention(Consumer<VectorFlashAttention> owner) {
        this.owner = owner;
    }

    void begin(Attention next) {
        call = next;
        mask = next.mask();
        options = next.options();
        k = data(next.k());
        v = data(next.v());
        keyStride = next.k().tensor().columns();
        valueStride = next.v().tensor().columns();
        general = mask.isDense() || options.softcap() > 0 || options.bias() != null;
        if (next.q().dim() != headDim) {
            headDim = next.q().dim();
            paddedDim = (headDim + WIDTH - 1) / WIDTH * WIDTH;
            queries = new float[headDim * LANES];
            values = new float[KEY_TILE * paddedDim];
            output = new float[LANES * paddedDim];
            zeros = new float[8 * paddedDim];
            group = paddedDim == 2 * WIDTH && WIDTH % 8 == 0 ? 8 : 4;
        }
    }

    @Override
    public void close() {
        call = null;
        mask = null;
        options = null;
        k = null;
        v = null;
        owner.accept(this);
    }

    @Override
    public void run(QueryTile tile, int head) {
        loadQueries(tile, head);
        careful = false;
        compute(tile, head);
        if (cut && !VectorSoftmax.isFinite(output, (tile.to() - tile.from() + 1) / 2 * 2 * paddedDim)) {
            careful = true;
            compute(tile, head);
        }
        storeOutput(tile, head);
    }

    private void compute(QueryTile tile, int head) {
        Arrays.fill(max, -Float.MAX_VALUE);
        Arrays.fill(sum, 0f);
        if (careful) {
            Arrays.fill(output, 0f);
            begun = -1;
        } else {
            begun = 0;
        }
        started = 0;
        cut = false;
        int kvHead = head / (call.q().count() / call.k().count());
        int firstKey = mask.keys().start(tile.sequence());
        int endKey = mask.hi(tile.to() - 1);
        int skipped = (mask.lo(tile.from()) - firstKey) / KEY_TILE;
        for (int key = firstKey + skipped * KEY_TILE; key < endKey; key += KEY_TILE) {
            visit(tile, head, kvHead, key, Math.min(key + KEY_TILE, mask.keys().end(tile.sequence())));
        }
    }

    private void visit(QueryTile tile, int head, int kvHead, int keyFrom, int keyTo) {
        MaskPlan.Tile kind = mask.tile(tile.from(), tile.to(), keyFrom, keyTo);
        if (kind == MaskPlan.Tile.EMPTY) {
            return;
        }
        boolean full = kind == MaskPlan.Tile.FULL;
        cut |= !full;
        if (full && tile.to() - tile.from() > FEW_VECTORS * WIDTH) {
            weighTogether(tile, head, kvHead, keyFrom, keyTo);
        } else {
            weighOneByOne(tile, head, kvHead, keyFrom, keyTo);
        }
        loadValues(kvHead, keyFrom, Math.max(mask.lo(tile.from()), keyFrom), Math.min(mask.hi(tile.to() - 1), keyTo));
        if (full || !careful) {
            addValues(tile, keyFrom, keyTo);
        } else {
            addVisibleValues(tile, keyFrom, keyTo);
        }
    }

    /** The weights of all keys for all vectors of queries. */
    private void weighTogether(QueryTile tile, int head, int kvHead, int keyFrom, int keyTo) {
        int keys = keyTo - keyFrom;
        VectorProducts.scores(k, key(keyFrom, kvHead), keyStride, keys, queries, headDim, scores, 0);
        if (general) {
            adjust(tile, head, keyFrom, keyFrom, keyTo, 0, tile.to() - tile.from());
        }
        for (int vector = 0; vector < VECTORS; vector++) {
            softmax(vector * WIDTH, 0, keys);
        }
    }

    /** For each vector the weights of the keys that its queries see. */
    private void weighOneByOne(QueryTile tile, int head, int kvHead, int keyFrom, int keyTo) {
        for (int query = tile.from(); query < tile.to(); query += WIDTH) {
            int end = Math.min(query + WIDTH, tile.to());
            int from = Math.max(mask.lo(query), keyFrom);
            int to = Math.min(mask.hi(end - 1), keyTo);
            if (from < to) {
                int lane = query - tile.from();
                int row = (from - keyFrom) * LANES;
                VectorProducts.scores(
                        k, key(from, kvHead), keyStride, to - from, queries, headDim, lane, scores, row + lane);
                if (general) {
                    adjust(tile, head, keyFrom, from, to, lane, end - tile.from());
                }
                hide(tile, keyFrom, from, to, lane, end - tile.from());
                softmax(lane, row, to - from);
            }
        }
    }

    /** Turns one vector's scores into weights relative to the new maximum, and brings earlier sums and outputs to it. */
    private void softmax(int lane, int at, int keys) {
        System.arraycopy(max, lane, newMax, lane, WIDTH);
        if (VectorSoftmax.max(scores, at + lane, keys, newMax, lane)) {
            VectorSoftmax.weights(scores, at + lane, keys, newMax, newSum, lane);
        } else {
            VectorSoftmax.anyWeights(scores, at + lane, keys, newMax, newSum, lane);
        }
        VectorSoftmax.merge(max, newMax, sum, newSum, factor, lane);
        int vector = 1 << lane / WIDTH;
        if ((started & vector) != 0) {
            for (int i = lane; i < lane + WIDTH; i++) {
                if (factor[i] != 1) {
                    VectorProducts.scale(output, i * paddedDim, factor[i], output, i * paddedDim, paddedDim);
                }
            }
        }
        started |= vector;
    }

    /** Gives -∞ to the scores of keys that a lane does not see. */
    private void hide(QueryTile tile, int keyFrom, int from, int to, int lane, int endLane) {
        int first = tile.from() + lane;
        int last = tile.from() + endLane - 1;
        for (int i = lane; i < lane + WIDTH; i++) {
            int query = Math.min(tile.from() + i, last);
            lo[i] = mask.lo(query) - keyFrom;
            hi[i] = mask.hi(query) - keyFrom;
        }
        VectorSoftmax.hideBefore(scores, from - keyFrom, Math.min(mask.lo(last), to) - keyFrom, lo, lane);
        VectorSoftmax.hideBehind(scores, Math.max(mask.hi(first), from) - keyFrom, to - keyFrom, hi, lane);
    }

    /** Soft cap, bias and dense mask on the scores of the keys {@code [from, to)} that each lane sees. */
    private void adjust(QueryTile tile, int head, int keyFrom, int from, int to, int lane, int endLane) {
        float cap = (float) (options.softcap() / LN_2);
        CpuTensor bias = options.bias() == null ? null : CpuTensor.of(options.bias());
        int tokens = call.q().tokens();
        int first = bias == null || bias.rows() == tokens ? 0 : head * tokens;
        int start = mask.keys().start(tile.sequence());
        for (int i = lane; i < endLane; i++) {
            int query = tile.from() + i;
            int end = Math.min(to, mask.hi(query));
            for (int key = Math.max(from, mask.lo(query)); key < end; key++) {
                int at = (key - keyFrom) * LANES + i;
                float score = scores[at];
                if (cap > 0) {
                    score = (float) (cap * Math.tanh(score / cap));
                }
                if (bias != null) {
                    score += (float) (bias.data()[bias.row(first + query) + key - start] / LN_2);
                }
                scores[at] = mask.visible(query, key) ? score : Float.NEGATIVE_INFINITY;
            }
        }
    }

    /** Adds the values between the first and the last key that a group of queries sees; a weight of 0 hides the others. */
    private void addValues(QueryTile tile, int keyFrom, int keyTo) {
        for (int query = tile.from(); query < tile.to(); query += group) {
            int from = Math.max(mask.lo(query), keyFrom) - keyFrom;
            int to = Math.min(mask.hi(Math.min(query + group, tile.to()) - 1), keyTo) - keyFrom;
            if (from < to) {
                int lane = query - tile.from();
                int value = from * paddedDim;
                int weight = from * LANES + lane;
                int row = lane * paddedDim;
                int bit = 1 << lane / group;
                boolean first = (begun & bit) == 0;
                begun |= bit;
                float[] start = first ? zeros : output;
                int startRow = first ? 0 : row;
                if (group == 8) {
                    VectorProducts.valuesOfTwoVectors(
                            values, value, to - from, scores, weight, start, startRow, output, row);
                } else {
                    VectorProducts.values(
                            values, value, to - from, scores, weight, start, startRow, output, row, paddedDim);
                }
            }
        }
    }

    /** Adds only what is seen, pair by pair. */
    private void addVisibleValues(QueryTile tile, int keyFrom, int keyTo) {
        for (int query = tile.from(); query < tile.to(); query++) {
            int lane = query - tile.from();
            int to = Math.min(mask.hi(query), keyTo);
            for (int key = Math.max(mask.lo(query), keyFrom); key < to; key++) {
                if (mask.visible(query, key)) {
                    float weight = scores[(key - keyFrom) * LANES + lane];
                    int value = (key - keyFrom) * paddedDim;
                    for (int d = 0; d < headDim; d++) {
                        int at = lane * paddedDim + d;
                        output[at] = Math.fma(weight, values[value + d], output[at]);
                    }
                }
            }
        }
    }

    private void loadQueries(QueryTile tile, int head) {
        float scale = (float) (options.scale() / LN_2);
        float[] q = data(call.q());
        int lanes = tile.to() - tile.from();
        for (int lane = 0; lane < lanes; lane++) {
            int at = (int) call.q().elementOffset(tile.from() + lane, head);
            for (int d = 0; d < headDim; d++) {
                queries[d * LANES + lane] = q[at + d] * scale;
            }
        }
        for (int d = 0; d < headDim; d++) {
            Arrays.fill(queries, d * LANES + lanes, (d + 1) * LANES, 0f);
        }
    }

    private void loadValues(int head, int keyFrom, int from, int to) {
        int row = (from - keyFrom) * paddedDim;
        VectorProducts.pack(v, value(from, head), valueStride, to - from, values, row, paddedDim, headDim);
    }

    private void storeOutput(QueryTile tile, int head) {
        float[] o = data(call.o());
        for (int t = tile.from(); t < tile.to(); t++) {
            int lane = t - tile.from();
            addSink(head, lane);
            boolean seesNone = sum[lane] == 0;
            float weight = 1f / sum[lane];
            int at = (int) call.o().elementOffset(t, head);
            if (seesNone) {
                Arrays.fill(o, at, at + headDim, 0f);
            } else {
                VectorProducts.scale(output, lane * paddedDim, weight, o, at, headDim);
            }
            if (call.lse() != null) {
                CpuTensor lse = CpuTensor.of(call.lse());
                lse.data()[lse.row(head) + t] =
                        seesNone ? Float.NEGATIVE_INFINITY : (float) (max[lane] * LN_2 + Math.log(sum[lane]));
            }
        }
    }

    private void addSink(int head, int lane) {
        if (options.sinks() != null) {
            double sink = CpuTensor.of(options.sinks()).data()[head] / LN_2;
            double top = Math.max(max[lane], sink);
            double rescale = Math.pow(2, max[lane] - top);
            int row = lane * paddedDim;
            VectorProducts.scale(output, row, (float) rescale, output, row, paddedDim);
            sum[lane] = (float) (sum[lane] * rescale + Math.pow(2, sink - top));
            max[lane] = (float) top;
        }
    }

    private int key(int key, int head) {
        return (int) call.k().elementOffset(key, head);
    }

    private int value(int key, int head) {
        return (int) call.v().elementOffset(key, head);
    }

    private static float[] data(Heads heads) {
        return CpuTensor.of(heads.tensor()).data();
    }
}
