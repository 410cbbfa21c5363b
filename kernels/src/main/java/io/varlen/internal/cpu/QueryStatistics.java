package io.varlen.internal.cpu;

import static io.varlen.attention.AttentionStatistic.ENTROPY;
import static io.varlen.attention.AttentionStatistic.LEAKAGE;
import static io.varlen.attention.AttentionStatistic.MAX_LOGIT;
import static io.varlen.attention.AttentionStatistic.MEAN_DISTANCE;
import static io.varlen.attention.AttentionStatistic.SINK_MASS;
import static io.varlen.attention.AttentionStatistic.WINDOW_MASS;

import io.varlen.attention.Attention;
import io.varlen.attention.AttentionStatistic;
import io.varlen.attention.AttentionStatistics;
import io.varlen.mask.MaskPlan;
import io.varlen.mask.QueryTile;
import io.varlen.sequence.CuSeqlens;
import java.util.stream.Stream;

/**
 * Computes {@link AttentionStatistics} tile by tile, without keeping a row of weights: each query sees a block of keys once.
 * Blocks start at the first key of a sequence of the mask, so that a query's bits depend on nothing around that.
 *
 * <p>Holds the scratch memory of one thread.
 */
final class QueryStatistics {
    static final int QUERIES_PER_TILE = 128;

    private final AttentionStatistics statistics;
    private final Attention call;
    private final AttentionScores scores;
    private final SoftmaxSums[] sums =
            Stream.generate(SoftmaxSums::new).limit(QUERIES_PER_TILE).toArray(SoftmaxSums[]::new);

    QueryStatistics(AttentionStatistics statistics) {
        this.statistics = statistics;
        this.call = statistics.call();
        this.scores = new AttentionScores(call);
    }

    /** Computes one head of one tile of queries. */
    void run(QueryTile tile, int head) {
        visit(tile, head, call.mask(), tile.sequence());
        for (int query = tile.from(); query < tile.to(); query++) {
            storeOwn(head, query, sums[query - tile.from()]);
        }
        MaskPlan unisolated = statistics.unisolated();
        if (unisolated != null) {
            visit(tile, head, unisolated, unisolated.queries().sequenceOf(tile.from()));
        }
        for (int query = tile.from(); query < tile.to(); query++) {
            storeLeakage(head, query, sums[query - tile.from()]);
        }
    }

    /** Sums up what a tile's queries see through a mask, of whose sequences theirs is in the {@code unit}-th. */
    private void visit(QueryTile tile, int head, MaskPlan mask, int unit) {
        for (SoftmaxSums query : sums) {
            query.reset();
        }
        int keyHead = head / (call.q().count() / call.k().count());
        int firstKey = mask.keys().start(unit);
        int endKey = mask.hi(tile.to() - 1);
        int skipped = (mask.lo(tile.from()) - firstKey) / AttentionScores.KEYS;
        for (int from = firstKey + skipped * AttentionScores.KEYS; from < endKey; from += AttentionScores.KEYS) {
            int to = Math.min(from + AttentionScores.KEYS, mask.keys().end(unit));
            if (mask.tile(tile.from(), tile.to(), from, to) != MaskPlan.Tile.EMPTY) {
                scores.load(from, to, keyHead);
                for (int query = tile.from(); query < tile.to(); query++) {
                    visit(tile, query, head, mask, from, to);
                }
            }
        }
    }

    private void visit(QueryTile tile, int query, int head, MaskPlan mask, int blockFrom, int blockTo) {
        int from = Math.max(blockFrom, mask.lo(query));
        int to = Math.min(blockTo, mask.hi(query));
        if (from >= to) {
            return;
        }
        CuSeqlens keys = call.mask().keys();
        int firstKey = keys.start(tile.sequence());
        int endKey = keys.end(tile.sequence());
        double[] block = scores.of(query, head, firstKey);
        if (mask.isDense()) {
            hide(block, query, mask, from, to, blockFrom);
        }
        double highest = highest(block, from - blockFrom, to - blockFrom);
        if (highest != Double.NEGATIVE_INFINITY) {
            int own = query + endKey - call.mask().queries().end(tile.sequence());
            sums[query - tile.from()].add(
                    block, from - blockFrom, from, to, highest, own, firstKey, endKey, statistics.window());
        }
    }

    private static double highest(double[] block, int from, int to) {
        double highest = Double.NEGATIVE_INFINITY;
        for (int i = from; i < to; i++) {
            highest = Math.max(highest, block[i]);
        }
        return highest;
    }

    private static void hide(double[] block, int query, MaskPlan mask, int from, int to, int blockFrom) {
        for (int key = from; key < to; key++) {
            if (!mask.visible(query, key)) {
                block[key - blockFrom] = Double.NEGATIVE_INFINITY;
            }
        }
    }

    private void storeOwn(int head, int query, SoftmaxSums found) {
        boolean none = found.seesNone();
        double share = found.share(scores.sink(head));
        store(ENTROPY, head, query, none ? Double.NaN : found.entropy(share));
        store(MEAN_DISTANCE, head, query, none ? Double.NaN : found.meanDistance(share));
        store(SINK_MASS, head, query, none ? Double.NaN : found.sinkMass(share));
        store(WINDOW_MASS, head, query, none ? Double.NaN : found.windowMass(share));
        store(MAX_LOGIT, head, query, none ? Double.NaN : found.maxLogit());
    }

    private void storeLeakage(int head, int query, SoftmaxSums found) {
        boolean none = statistics.unisolated() == null || found.seesNone();
        store(LEAKAGE, head, query, none ? Double.NaN : found.outsideMass(found.share(scores.sink(head))));
    }

    private void store(AttentionStatistic statistic, int head, int query, double value) {
        statistics.values()[statistics.index(statistic, head, query)] = value;
    }
}
