package io.varlen.internal.cpu;

import static io.varlen.internal.cpu.VectorKernels.LANES;
import static io.varlen.internal.cpu.VectorKernels.MANY_REGISTERS;
import static io.varlen.internal.cpu.VectorKernels.VECTORS;
import static io.varlen.internal.cpu.VectorKernels.WIDTH;

import io.varlen.attention.Attention;
import io.varlen.attention.AttentionOptions;
import io.varlen.attention.Heads;
import io.varlen.mask.MaskPlan;
import io.varlen.mask.QueryTile;
import java.util.function.Consumer;

/**
 * Attention with an online softmax (Milakov and Gimelshein 2018, arXiv:1805.02867) in vectors.
 *
 * <p>Queries are transposed and scaled once, so that each query is a lane of the scores: maxima and sums go down the rows
 * without a reduction across lanes. The lanes of outputs are the elements of a head, as they lie in memory. Tiles of queries
 * and of keys start at the first token of their sequence, so a sequence's bits depend on nothing around it. Where all queries
 * of a tile see all its keys, all vectors of lanes go together; else each vector takes the keys between the first and the last
 * that its queries see.
 */
final class VectorFlashAttention implements AttentionKernel {
    private static final int KEY_TILE = 64;

    /** So many times {@link VectorKernels#LANES} queries share a walk over the keys. */
    private static final int PANELS = 4;

    static final int QUERY_TILE = PANELS * LANES;

    /** So few vectors of queries go one by one: rounding them up to all lanes would cost more. */
    private static final int FEW_VECTORS = MANY_REGISTERS ? 2 : VECTORS;

    private final Consumer<VectorFlashAttention> owner;

    private final VectorQueries[] panels = new VectorQueries[PANELS];
    private final float[] scores = new float[KEY_TILE * LANES];
    private final float[] newMax = new float[LANES];
    private final float[] newSum = new float[LANES];
    private final float[] factor = new float[LANES];

    /** Per lane the keys that it sees, counted from the tile's first one. */
    private final float[] lo = new float[LANES];

    private final float[] hi = new float[LANES];

    /** {@code [KEY_TILE, rowLength]}, with zeros behind the head. */
    private float[] values;

    private float[] zeros;
    private int headDim;

    /** The head size in whole vectors. */
    private int rowLength;

    /** How many queries go together in the second product. */
    private int group;

    private Attention call;
    private MaskPlan mask;
    private AttentionOptions options;
    private float[] k;
    private float[] v;
    private int keyStride;
    private int valueStride;

    /** Whether scores are more than products: each is then looked at by itself. */
    private boolean general;

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
            rowLength = (headDim + WIDTH - 1) / WIDTH * WIDTH;
            group = rowLength == 2 * WIDTH && MANY_REGISTERS ? 8 : 4;
            values = new float[KEY_TILE * rowLength];
            zeros = new float[group * rowLength];
            for (int i = 0; i < PANELS; i++) {
                panels[i] = new VectorQueries(headDim, rowLength);
            }
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
        int count = 0;
        for (int from = tile.from(); from < tile.to(); from += LANES) {
            panels[count].load(call, head, from, Math.min(from + LANES, tile.to()));
            panels[count].begin(false);
            count++;
        }
        visitKeys(tile.sequence(), head, 0, count);
        for (int i = 0; i < count; i++) {
            if (panels[i].mayBeSpoilt()) {
                panels[i].begin(true);
                visitKeys(tile.sequence(), head, i, i + 1);
            }
            panels[i].store(call, head);
        }
    }

    /** Shows the panels {@code [first, end)} all keys that they see, tile by tile. */
    private void visitKeys(int sequence, int head, int first, int end) {
        int kvHead = head / (call.q().count() / call.k().count());
        int lowest = mask.lo(panels[first].from);
        int highest = mask.hi(panels[end - 1].to - 1);
        int firstKey = mask.keys().start(sequence);
        int skipped = (lowest - firstKey) / KEY_TILE;
        for (int keyFrom = firstKey + skipped * KEY_TILE; keyFrom < highest; keyFrom += KEY_TILE) {
            int keyTo = Math.min(keyFrom + KEY_TILE, mask.keys().end(sequence));
            loadValues(kvHead, keyFrom, Math.max(lowest, keyFrom), Math.min(highest, keyTo));
            for (int i = first; i < end; i++) {
                visit(panels[i], sequence, head, kvHead, keyFrom, keyTo);
            }
        }
    }

    private void visit(VectorQueries panel, int sequence, int head, int kvHead, int keyFrom, int keyTo) {
        MaskPlan.Tile kind = mask.tile(panel.from, panel.to, keyFrom, keyTo);
        if (kind == MaskPlan.Tile.EMPTY) {
            return;
        }
        boolean full = kind == MaskPlan.Tile.FULL;
        panel.cut |= !full;
        if (full && panel.count() > FEW_VECTORS * WIDTH) {
            weighTogether(panel, sequence, head, kvHead, keyFrom, keyTo);
        } else {
            weighOneByOne(panel, sequence, head, kvHead, keyFrom, keyTo);
        }
        if (full || !panel.careful) {
            addValues(panel, keyFrom, keyTo);
        } else {
            addVisibleValues(panel, keyFrom, keyTo);
        }
    }

    /** The weights of all keys for all vectors of queries. */
    private void weighTogether(VectorQueries panel, int sequence, int head, int kvHead, int keyFrom, int keyTo) {
        int keys = keyTo - keyFrom;
        VectorProducts.scores(k, key(keyFrom, kvHead), keyStride, keys, panel.elements, headDim, scores, 0);
        if (general) {
            adjust(panel, sequence, head, keyFrom, keyFrom, keyTo, 0, panel.count());
        }
        for (int vector = 0; vector < VECTORS; vector++) {
            softmax(panel, vector * WIDTH, 0, keys);
        }
    }

    /** For each vector the weights of the keys that its queries see. */
    private void weighOneByOne(VectorQueries panel, int sequence, int head, int kvHead, int keyFrom, int keyTo) {
        for (int query = panel.from; query < panel.to; query += WIDTH) {
            int end = Math.min(query + WIDTH, panel.to);
            int from = Math.max(mask.lo(query), keyFrom);
            int to = Math.min(mask.hi(end - 1), keyTo);
            if (from < to) {
                int lane = query - panel.from;
                int row = (from - keyFrom) * LANES;
                VectorProducts.scores(
                        k, key(from, kvHead), keyStride, to - from, panel.elements, headDim, lane, scores, row + lane);
                if (general) {
                    adjust(panel, sequence, head, keyFrom, from, to, lane, end - panel.from);
                }
                hide(panel, keyFrom, from, to, lane, end - panel.from);
                softmax(panel, lane, row, to - from);
            }
        }
    }

    /** Turns one vector's scores into weights relative to the new maximum, and brings earlier sums and outputs to it. */
    private void softmax(VectorQueries panel, int lane, int row, int keys) {
        System.arraycopy(panel.max, lane, newMax, lane, WIDTH);
        if (VectorSoftmax.max(scores, row + lane, keys, newMax, lane)) {
            VectorSoftmax.weights(scores, row + lane, keys, newMax, newSum, lane);
        } else {
            VectorSoftmax.anyWeights(scores, row + lane, keys, newMax, newSum, lane);
        }
        VectorSoftmax.merge(panel.max, newMax, panel.sum, newSum, factor, lane);
        panel.scale(factor, lane);
    }

    /** Gives -∞ to the scores of keys that a lane does not see. */
    private void hide(VectorQueries panel, int keyFrom, int from, int to, int lane, int endLane) {
        int first = panel.from + lane;
        int last = panel.from + endLane - 1;
        for (int i = lane; i < lane + WIDTH; i++) {
            int query = Math.min(panel.from + i, last);
            lo[i] = mask.lo(query) - keyFrom;
            hi[i] = mask.hi(query) - keyFrom;
        }
        VectorSoftmax.hideBefore(scores, from - keyFrom, Math.min(mask.lo(last), to) - keyFrom, lo, lane);
        VectorSoftmax.hideBehind(scores, Math.max(mask.hi(first), from) - keyFrom, to - keyFrom, hi, lane);
    }

    /** Soft cap, bias and dense mask on the scores of the keys {@code [from, to)} that each lane sees. */
    private void adjust(
            VectorQueries panel, int sequence, int head, int keyFrom, int from, int to, int lane, int endLane) {
        float cap = (float) (options.softcap() / VectorQueries.LN_2);
        CpuTensor bias = options.bias() == null ? null : CpuTensor.of(options.bias());
        int tokens = call.q().tokens();
        int first = bias == null || bias.rows() == tokens ? 0 : head * tokens;
        int start = mask.keys().start(sequence);
        for (int i = lane; i < endLane; i++) {
            int query = panel.from + i;
            int end = Math.min(to, mask.hi(query));
            for (int key = Math.max(from, mask.lo(query)); key < end; key++) {
                int at = (key - keyFrom) * LANES + i;
                float score = scores[at];
                if (cap > 0) {
                    score = (float) (cap * Math.tanh(score / cap));
                }
                if (bias != null) {
                    score += (float) (bias.data()[bias.row(first + query) + key - start] / VectorQueries.LN_2);
                }
                scores[at] = mask.visible(query, key) ? score : Float.NEGATIVE_INFINITY;
            }
        }
    }

    /** Adds the values between the first and the last key that a group of queries sees; a weight of 0 hides the others. */
    private void addValues(VectorQueries panel, int keyFrom, int keyTo) {
        for (int query = panel.from; query < panel.to; query += group) {
            int from = Math.max(mask.lo(query), keyFrom) - keyFrom;
            int to = Math.min(mask.hi(Math.min(query + group, panel.to) - 1), keyTo) - keyFrom;
            if (from < to) {
                int lane = query - panel.from;
                int value = from * rowLength;
                int weight = from * LANES + lane;
                int row = lane * rowLength;
                int bit = 1 << lane / group;
                boolean first = (panel.begun & bit) == 0;
                panel.begun |= bit;
                float[] start = first ? zeros : panel.output;
                int startRow = first ? 0 : row;
                if (group == 8) {
                    VectorProducts.valuesOfTwoVectors(
                            values, value, to - from, scores, weight, start, startRow, panel.output, row);
                } else {
                    VectorProducts.values(
                            values, value, to - from, scores, weight, start, startRow, panel.output, row, rowLength);
                }
            }
        }
    }

    /** Adds only what is seen, pair by pair. */
    private void addVisibleValues(VectorQueries panel, int keyFrom, int keyTo) {
        for (int query = panel.from; query < panel.to; query++) {
            int row = (query - panel.from) * rowLength;
            int to = Math.min(mask.hi(query), keyTo);
            for (int key = Math.max(mask.lo(query), keyFrom); key < to; key++) {
                if (mask.visible(query, key)) {
                    float weight = scores[(key - keyFrom) * LANES + query - panel.from];
                    int value = (key - keyFrom) * rowLength;
                    for (int d = 0; d < headDim; d++) {
                        panel.output[row + d] = Math.fma(weight, values[value + d], panel.output[row + d]);
                    }
                }
            }
        }
    }

    private void loadValues(int head, int keyFrom, int from, int to) {
        if (from < to) {
            int at = (int) call.v().elementOffset(from, head);
            VectorProducts.pack(
                    v, at, valueStride, to - from, values, (from - keyFrom) * rowLength, rowLength, headDim);
        }
    }

    private int key(int key, int head) {
        return (int) call.k().elementOffset(key, head);
    }

    private static float[] data(Heads heads) {
        return CpuTensor.of(heads.tensor()).data();
    }
}
