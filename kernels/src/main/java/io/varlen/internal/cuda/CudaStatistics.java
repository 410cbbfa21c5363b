package io.varlen.internal.cuda;

import static io.varlen.attention.AttentionStatistic.ENTROPY;
import static io.varlen.attention.AttentionStatistic.LEAKAGE;
import static io.varlen.attention.AttentionStatistic.MAX_LOGIT;
import static io.varlen.attention.AttentionStatistic.MEAN_DISTANCE;
import static io.varlen.attention.AttentionStatistic.SINK_MASS;
import static io.varlen.attention.AttentionStatistic.WINDOW_MASS;

import io.varlen.attention.Attention;
import io.varlen.attention.AttentionStatistic;
import io.varlen.attention.AttentionStatistics;
import io.varlen.attention.DeviceException;
import io.varlen.attention.Tensor;
import io.varlen.mask.MaskPlan;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How the queries of an attention call spread their attention: sums over keys from {@code attention_statistics.cu}, of which the
 * host makes the statistics.
 */
final class CudaStatistics {
    private static final int QUERIES = 64;
    private static final int PARAMS_BYTES = AttentionParams.SIZE + 40;

    /** As {@code AttentionSum} in the kernel's header has them. */
    private enum Sum {
        LARGEST,
        TOTAL,
        WEIGHTED,
        DISTANCE,
        FIRST,
        NEAR,
        OUTSIDE
    }

    private final CudaSession session;

    CudaStatistics(CudaSession session) {
        this.session = session;
    }

    /** Done when this returns. */
    void run(AttentionStatistics statistics) {
        Attention call = statistics.call();
        CudaStream stream = session.stream();
        CudaTensor.of(call.q()).readBy(stream);
        CudaTensor.of(call.k()).readBy(stream);
        Tensor sinkTensor = call.options().sinks();
        if (call.options().bias() != null) {
            CudaTensor.of(call.options().bias()).readBy(stream);
        }
        float[] sinks = sinkTensor == null ? null : sinkTensor.toArray();
        storeOwn(statistics, sums(statistics, call.mask(), stream), sinks);
        double[] unisolated =
                statistics.unisolated() == null ? null : sums(statistics, statistics.unisolated(), stream);
        storeLeakage(statistics, unisolated, sinks);
    }

    /** {@code [Sum, Hq, T]} over what queries see through a mask. */
    private double[] sums(AttentionStatistics statistics, MaskPlan mask, CudaStream stream) {
        Attention call = statistics.call();
        DevicePlan plan = session.plan(mask);
        AttentionTiles tiles = AttentionTiles.of(plan, QUERIES);
        DevicePlan.Array own = session.plan(call.mask()).array("whose queries", () -> ownSequences(call.mask()));
        long tokens = call.q().tokens();
        double[] sums =
                new double[Math.toIntExact(Sum.values().length * call.q().count() * tokens)];
        try (CudaSession.Scratch scratch = session.scratch((long) sums.length * Double.BYTES)) {
            Params params = AttentionParams.of(call, plan, tiles, PARAMS_BYTES)
                    .put(AttentionParams.SIZE, scratch.address())
                    .put(AttentionParams.SIZE + 8, own.address())
                    .put(AttentionParams.SIZE + 16, own.address() + tokens * Integer.BYTES)
                    .put(AttentionParams.SIZE + 24, own.address() + 2 * tokens * Integer.BYTES)
                    .put(AttentionParams.SIZE + 32, statistics.window());
            String element = CudaTensor.of(call.q()).element().suffix();
            session.launcher()
                    .launch(
                            new Kernel("attention_statistics", "attention_statistics_" + element, QUERIES),
                            (long) tiles.count() * call.q().count(),
                            sharedBytes(call),
                            params,
                            stream);
            stream.staging()
                    .download(
                            scratch.address(),
                            sums.length,
                            Double.BYTES,
                            (from, count, bytes) -> bytes.asDoubleBuffer().get(sums, (int) from, count));
        }
        return sums;
    }

    private int sharedBytes(Attention call) {
        long bytes = (call.q().dim() + 3L) / 4 * 4 * QUERIES * Float.BYTES;
        int most = session.device().properties().sharedPerBlock();
        if (bytes > most) {
            throw new DeviceException(
                    DeviceException.Kind.USAGE,
                    "attention statistics of heads of " + call.q().dim() + " elements; this device has room for "
                            + most / (QUERIES * Float.BYTES) + ": use backend cpu");
        }
        return (int) bytes;
    }

    /** {@code int[3, T]}: each query's first own key, the key behind its last one, and the key where it stands. */
    private static ByteBuffer ownSequences(MaskPlan mask) {
        int tokens = mask.queries().total();
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(tokens, 3 * Integer.BYTES))
                .order(ByteOrder.nativeOrder());
        for (int i = 0; i < mask.queries().count(); i++) {
            for (int t = mask.queries().start(i); t < mask.queries().end(i); t++) {
                bytes.putInt(t * Integer.BYTES, mask.keys().start(i))
                        .putInt((tokens + t) * Integer.BYTES, mask.keys().end(i))
                        .putInt(
                                (2 * tokens + t) * Integer.BYTES,
                                t + mask.keys().end(i) - mask.queries().end(i));
            }
        }
        return bytes;
    }

    private static void storeOwn(AttentionStatistics to, double[] sums, float[] sinks) {
        forQueries(to, (head, query) -> {
            double share = share(to, sums, sinks, head, query);
            double total = sum(to, sums, Sum.TOTAL, head, query);
            double weighted = sum(to, sums, Sum.WEIGHTED, head, query);
            store(to, ENTROPY, head, query, -share * (weighted + total * Math.log(share)));
            store(to, MEAN_DISTANCE, head, query, share * sum(to, sums, Sum.DISTANCE, head, query));
            store(to, SINK_MASS, head, query, share * sum(to, sums, Sum.FIRST, head, query));
            store(to, WINDOW_MASS, head, query, share * sum(to, sums, Sum.NEAR, head, query));
            double largest = sum(to, sums, Sum.LARGEST, head, query);
            store(to, MAX_LOGIT, head, query, largest == Double.NEGATIVE_INFINITY ? Double.NaN : largest);
        });
    }

    private static void storeLeakage(AttentionStatistics to, double[] sums, float[] sinks) {
        forQueries(to, (head, query) -> {
            double leakage = sums == null
                    ? Double.NaN
                    : share(to, sums, sinks, head, query) * sum(to, sums, Sum.OUTSIDE, head, query);
            store(to, LEAKAGE, head, query, leakage);
        });
    }

    /** What {@code e^(s - m)} is multiplied with to become a weight; NaN if no key is seen. */
    private static double share(AttentionStatistics of, double[] sums, float[] sinks, int head, int query) {
        double largest = sum(of, sums, Sum.LARGEST, head, query);
        double total = sum(of, sums, Sum.TOTAL, head, query);
        double sink = sinks == null ? Double.NEGATIVE_INFINITY : sinks[head];
        if (largest == Double.NEGATIVE_INFINITY) {
            return Double.NaN;
        }
        return sink <= largest
                ? 1 / (total + Math.exp(sink - largest))
                : Math.exp(largest - sink) / (total * Math.exp(largest - sink) + 1);
    }

    private static double sum(AttentionStatistics of, double[] sums, Sum sum, int head, int query) {
        Attention call = of.call();
        return sums[(sum.ordinal() * call.q().count() + head) * call.q().tokens() + query];
    }

    private static void store(AttentionStatistics to, AttentionStatistic statistic, int head, int query, double value) {
        to.values()[to.index(statistic, head, query)] = value;
    }

    /** Something to do for a query of a head. */
    private interface Query {
        void run(int head, int query);
    }

    private static void forQueries(AttentionStatistics of, Query work) {
        for (int head = 0; head < of.call().q().count(); head++) {
            for (int query = 0; query < of.call().q().tokens(); query++) {
                work.run(head, query);
            }
        }
    }
}
