package io.varlen.internal.cpu;

import io.varlen.attention.Attention;
import io.varlen.attention.AttentionOptions;
import io.varlen.attention.Heads;
import io.varlen.mask.MaskPlan;
import io.varlen.mask.QueryTile;

/**
 * Attention with an online softmax (Milakov and Gimelshein 2018, arXiv:1805.02867), tile by tile as in FlashAttention.
 *
 * <p>A tile of queries is transposed so that each query is a lane; keys and values then enter as scalars, and maxima and
 * sums go down the rows without a reduction across lanes. Tiles of queries and of keys start at the first token of their
 * sequence, so a sequence's bits depend on nothing around it. Scores are kept in units of log 2.
 *
 * <p>One instance holds the scratch memory of one thread for one call.
 */
final class FlashAttention implements AttentionKernel {
    static final int QUERY_TILE = 128;
    static final int KEY_TILE = 64;

    private static final double LN_2 = Math.log(2);

    private final Attention call;
    private final MaskPlan mask;
    private final float[] q;
    private final float[] k;
    private final float[] v;
    private final float[] o;
    private final int headDim;
    private final float scoreScale;
    private final AttentionOptions options;

    /** Whether scores are more than products: each is then looked at by itself. */
    private final boolean general;

    private final float[][] queries;
    private final float[][] scores = new float[KEY_TILE][QUERY_TILE];
    private final float[][] values;
    private final float[][] output;
    private final float[] max = new float[QUERY_TILE];
    private final float[] newMax = new float[QUERY_TILE];
    private final float[] sum = new float[QUERY_TILE];
    private final float[] tileSum = new float[QUERY_TILE];
    private final float[] scratch = new float[QUERY_TILE];

    /** Per key of the tile, the lanes that see it: {@code [firstLane, endLane)}. */
    private final int[] firstLane = new int[KEY_TILE];

    private final int[] endLane = new int[KEY_TILE];

    FlashAttention(Attention call) {
        this.call = call;
        this.mask = call.mask();
        this.q = data(call.q());
        this.k = data(call.k());
        this.v = data(call.v());
        this.o = data(call.o());
        this.headDim = call.q().dim();
        this.options = call.options();
        this.general = call.mask().isDense() || options.softcap() > 0 || options.bias() != null;
        this.scoreScale = (float) (options.scale() / LN_2);
        this.queries = new float[headDim][QUERY_TILE];
        this.values = new float[headDim][KEY_TILE];
        this.output = new float[headDim][QUERY_TILE];
    }

    @Override
    public void run(QueryTile tile, int head) {
        int lanes = tile.to() - tile.from();
        loadQueries(tile, head);
        Lanes.fill(max, -Float.MAX_VALUE, 0, lanes);
        Lanes.fill(sum, 0f, 0, lanes);
        for (float[] row : output) {
            Lanes.fill(row, 0f, 0, lanes);
        }
        int kvHead = head / (call.q().count() / call.k().count());
        int firstKey = mask.keys().start(tile.sequence());
        int endKey = mask.hi(tile.to() - 1);
        int skipped = (mask.lo(tile.from()) - firstKey) / KEY_TILE;
        for (int key = firstKey + skipped * KEY_TILE; key < endKey; key += KEY_TILE) {
            visit(tile, head, kvHead, key, Math.min(key + KEY_TILE, mask.keys().end(tile.sequence())));
        }
        storeOutput(tile, head);
    }

    /** Nothing to give back. */
    @Override
    public void close() {}

    private void visit(QueryTile tile, int head, int kvHead, int keyFrom, int keyTo) {
        MaskPlan.Tile kind = mask.tile(tile.from(), tile.to(), keyFrom, keyTo);
        if (kind == MaskPlan.Tile.EMPTY) {
            return;
        }
        boolean full = kind == MaskPlan.Tile.FULL;
        findLanes(tile, keyFrom, keyTo, full);
        loadValues(kvHead, keyFrom, keyTo);
        int keys = keyTo - keyFrom;
        int lanes = tile.to() - tile.from();
        computeScores(tile, head, kvHead, keyFrom, keys);
        softmax(keys, lanes);
        addValues(keys, lanes, full);
    }

    /** {@code scores[key] = keyᵀ · queries}, and their running maximum. */
    private void computeScores(QueryTile tile, int head, int kvHead, int keyFrom, int keys) {
        System.arraycopy(max, 0, newMax, 0, tile.to() - tile.from());
        for (int j = 0; j < keys; j++) {
            int at = Math.toIntExact(call.k().elementOffset(keyFrom + j, kvHead));
            Lanes.fill(scores[j], 0f, firstLane[j], endLane[j]);
            Lanes.axpy(scores[j], k, at, queries, 0, headDim, firstLane[j], endLane[j]);
            if (general) {
                adjust(tile, head, keyFrom + j, scores[j], firstLane[j], endLane[j]);
            }
            Lanes.max(newMax, scores[j], firstLane[j], endLane[j]);
        }
    }

    /** Soft cap, bias and dense mask on the scores of one key. */
    private void adjust(QueryTile tile, int head, int key, float[] row, int from, int to) {
        float cap = (float) (options.softcap() / LN_2);
        CpuTensor bias = options.bias() == null ? null : CpuTensor.of(options.bias());
        int tokens = call.q().tokens();
        int first = bias == null || bias.rows() == tokens ? 0 : head * tokens;
        int local = key - mask.keys().start(tile.sequence());
        for (int lane = from; lane < to; lane++) {
            int query = tile.from() + lane;
            float score = row[lane];
            if (cap > 0) {
                score = (float) (cap * Math.tanh(score / cap));
            }
            if (bias != null) {
                score += (float) (bias.data()[bias.row(first + query) + local] / LN_2);
            }
            row[lane] = mask.visible(query, key) ? score : Float.NEGATIVE_INFINITY;
        }
    }

    /** Turns scores into weights relative to the new maximum, and brings sum and output of earlier tiles to it. */
    private void softmax(int keys, int lanes) {
        Lanes.fill(tileSum, 0f, 0, lanes);
        for (int j = 0; j < keys; j++) {
            Lanes.exp2(scores[j], newMax, scratch, firstLane[j], endLane[j]);
            Lanes.add(tileSum, scores[j], firstLane[j], endLane[j]);
        }
        float[] rescale = max;
        Lanes.exp2(rescale, newMax, scratch, 0, lanes);
        Lanes.multiply(sum, rescale, 0, lanes);
        Lanes.add(sum, tileSum, 0, lanes);
        for (float[] row : output) {
            Lanes.multiply(row, rescale, 0, lanes);
        }
        System.arraycopy(newMax, 0, max, 0, lanes);
    }

    private void addValues(int keys, int lanes, boolean full) {
        boolean skipZeros = general && !finiteValues(keys);
        for (int d = 0; d < headDim; d++) {
            if (full && !skipZeros) {
                Lanes.axpy(output[d], values[d], 0, scores, 0, keys, 0, lanes);
            } else {
                for (int j = 0; j < keys; j++) {
                    if (skipZeros) {
                        Lanes.axpyOfNonZero(output[d], values[d][j], scores[j], firstLane[j], endLane[j]);
                    } else {
                        Lanes.axpy(output[d], values[d][j], scores[j], firstLane[j], endLane[j]);
                    }
                }
            }
        }
    }

    /** What is not finite would come through a weight of zero, which is what hidden pairs have. */
    private boolean finiteValues(int keys) {
        float zero = 0;
        for (float[] row : values) {
            for (int j = 0; j < keys; j++) {
                zero += row[j] * 0;
            }
        }
        return zero == 0;
    }

    /** The queries that see a key are neighbours, because neither end of their intervals ever decreases. */
    private void findLanes(QueryTile tile, int keyFrom, int keyTo, boolean full) {
        int lanes = tile.to() - tile.from();
        int first = 0;
        int end = full ? lanes : 0;
        for (int key = keyFrom; key < keyTo; key++) {
            if (!full) {
                while (first < lanes && mask.hi(tile.from() + first) <= key) {
                    first++;
                }
                while (end < lanes && mask.lo(tile.from() + end) <= key) {
                    end++;
                }
            }
            firstLane[key - keyFrom] = first;
            endLane[key - keyFrom] = Math.max(first, end);
        }
    }

    private void loadQueries(QueryTile tile, int head) {
        for (int t = tile.from(); t < tile.to(); t++) {
            int at = Math.toIntExact(call.q().elementOffset(t, head));
            for (int d = 0; d < headDim; d++) {
                queries[d][t - tile.from()] = q[at + d] * scoreScale;
            }
        }
    }

    private void loadValues(int kvHead, int keyFrom, int keyTo) {
        for (int key = keyFrom; key < keyTo; key++) {
            int at = Math.toIntExact(call.v().elementOffset(key, kvHead));
            for (int d = 0; d < headDim; d++) {
                values[d][key - keyFrom] = v[at + d];
            }
        }
    }

    private void storeOutput(QueryTile tile, int head) {
        for (int t = tile.from(); t < tile.to(); t++) {
            int lane = t - tile.from();
            addSink(head, lane);
            boolean seesNone = sum[lane] == 0;
            float weight = seesNone ? 0f : 1f / sum[lane];
            int at = Math.toIntExact(call.o().elementOffset(t, head));
            for (int d = 0; d < headDim; d++) {
                o[at + d] = output[d][lane] * weight;
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
            for (float[] row : output) {
                row[lane] *= (float) rescale;
            }
            sum[lane] = (float) (sum[lane] * rescale + Math.pow(2, sink - top));
            max[lane] = (float) top;
        }
    }

    private static float[] data(Heads heads) {
        return CpuTensor.of(heads.tensor()).data();
    }
}
