package io.varlen.internal.cpu;

import static io.varlen.internal.cpu.VectorKernels.LANES;
import static io.varlen.internal.cpu.VectorKernels.WIDTH;

import io.varlen.attention.Attention;
import io.varlen.attention.Heads;
import java.util.Arrays;

/** Up to {@link VectorKernels#LANES} queries of one sequence and head, and what they have seen so far. */
final class VectorQueries {
    static final double LN_2 = Math.log(2);

    private final int headDim;

    /** The head size in whole vectors: the length of a row of the output. */
    final int rowLength;

    /** {@code [headDim, LANES]}: each query is a lane, scaled so that scores are in units of log 2. */
    final float[] elements;

    /** {@code [LANES, rowLength]}. */
    final float[] output;

    /** Per lane the largest score, and the sum of the weights relative to it. */
    final float[] max = new float[LANES];

    final float[] sum = new float[LANES];

    /** The queries in the packed axis. */
    int from;

    int to;

    /** The vectors of queries that have seen a key, as bits. */
    int started;

    /** The groups of queries that have outputs, as bits; what the others have is left from earlier queries. */
    int begun;

    /** Whether a weight of 0 may have hidden a value from a query. */
    boolean cut;

    /** Whether there is a value among the hidden ones that a weight of 0 does not hide, because it is not finite. */
    boolean careful;

    VectorQueries(int headDim, int rowLength) {
        this.headDim = headDim;
        this.rowLength = rowLength;
        this.elements = new float[headDim * LANES];
        this.output = new float[LANES * rowLength];
    }

    int count() {
        return to - from;
    }

    void load(Attention call, int head, int firstQuery, int endQuery) {
        from = firstQuery;
        to = endQuery;
        float scale = (float) (call.options().scale() / LN_2);
        float[] q = data(call.q());
        for (int lane = 0; lane < count(); lane++) {
            int at = (int) call.q().elementOffset(from + lane, head);
            for (int d = 0; d < headDim; d++) {
                elements[d * LANES + lane] = q[at + d] * scale;
            }
        }
        for (int d = 0; d < headDim; d++) {
            Arrays.fill(elements, d * LANES + count(), (d + 1) * LANES, 0f);
        }
    }

    /** Has seen nothing yet. */
    void begin(boolean pairByPair) {
        Arrays.fill(max, -Float.MAX_VALUE);
        Arrays.fill(sum, 0f);
        started = 0;
        begun = 0;
        cut = false;
        careful = pairByPair;
        if (careful) {
            Arrays.fill(output, 0f);
            begun = -1;
        }
    }

    /** Whether a value that is not finite may have come through a weight of 0. */
    boolean mayBeSpoilt() {
        return cut && !VectorSoftmax.isFinite(output, (count() + 1) / 2 * 2 * rowLength);
    }

    /** Brings outputs of earlier keys to a new maximum, in one vector of queries. */
    void scale(float[] factor, int lane) {
        int bit = 1 << lane / WIDTH;
        if ((started & bit) != 0) {
            for (int i = lane; i < lane + WIDTH; i++) {
                if (factor[i] != 1) {
                    VectorProducts.scale(output, i * rowLength, factor[i], output, i * rowLength, rowLength);
                }
            }
        }
        started |= bit;
    }

    void store(Attention call, int head) {
        float[] o = data(call.o());
        for (int lane = 0; lane < count(); lane++) {
            boolean seesNone = sum[lane] == 0;
            if (call.options().sinks() != null) {
                addSink(CpuTensor.of(call.options().sinks()).data()[head] / LN_2, lane);
            }
            int at = (int) call.o().elementOffset(from + lane, head);
            if (seesNone) {
                Arrays.fill(o, at, at + headDim, 0f);
            } else {
                VectorProducts.scale(output, lane * rowLength, 1f / sum[lane], o, at, headDim);
            }
            if (call.lse() != null) {
                CpuTensor lse = CpuTensor.of(call.lse());
                lse.data()[lse.row(head) + from + lane] =
                        sum[lane] == 0 ? Float.NEGATIVE_INFINITY : (float) (max[lane] * LN_2 + Math.log(sum[lane]));
            }
        }
    }

    /** A score without a value. */
    private void addSink(double sink, int lane) {
        double top = Math.max(max[lane], sink);
        double factor = Math.pow(2, max[lane] - top);
        int row = lane * rowLength;
        VectorProducts.scale(output, row, (float) factor, output, row, rowLength);
        sum[lane] = (float) (sum[lane] * factor + Math.pow(2, sink - top));
        max[lane] = (float) top;
    }

    private static float[] data(Heads heads) {
        return CpuTensor.of(heads.tensor()).data();
    }
}
