package io.varlen.spark.statistics;

import io.varlen.attention.AttentionStatistic;
import io.varlen.spark.internal.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Attention statistics summed over queries, the same in whatever order rows come and parts are put together.
 *
 * @param layers of the model
 * @param heads query heads per layer
 * @param rows that were looked at
 * @param documents in these rows
 * @param queries their tokens
 * @param sums {@code [layers, heads, statistics]}, in the order of {@link AttentionStatistic}
 * @param backends the names of those that computed it
 */
public record HeadSums(
        int layers, int heads, long rows, long documents, long queries, List<ExactSum> sums, TreeSet<String> backends) {

    /** The inverse of {@link #toJson}. */
    public static HeadSums ofJson(String json) {
        try {
            return Json.read(json, HeadSums.class);
        } catch (IOException e) {
            throw new UncheckedIOException("the details of a unit are damaged: " + json, e);
        }
    }

    static HeadSums none(int layers, int heads, String backend) {
        int count = layers * heads * AttentionStatistic.values().length;
        return new HeadSums(
                layers, heads, 0, 0, 0, Collections.nCopies(count, ExactSum.ZERO), new TreeSet<>(Set.of(backend)));
    }

    /** @throws IllegalArgumentException if the other is of a model of another shape */
    public HeadSums plus(HeadSums other) {
        if (layers != other.layers || heads != other.heads) {
            throw new IllegalArgumentException("sums of " + layers + " layers of " + heads + " heads and of "
                    + other.layers + " layers of " + other.heads);
        }
        List<ExactSum> both = new ArrayList<>(sums.size());
        for (int i = 0; i < sums.size(); i++) {
            both.add(sums.get(i).plus(other.sums.get(i)));
        }
        TreeSet<String> allBackends = new TreeSet<>(backends);
        allBackends.addAll(other.backends);
        return new HeadSums(
                layers,
                heads,
                rows + other.rows,
                documents + other.documents,
                queries + other.queries,
                both,
                allBackends);
    }

    /** The mean over all queries; NaN if there is none. */
    public double mean(int layer, int head, AttentionStatistic statistic) {
        return sums.get(index(heads, layer, head, statistic)).value() / queries;
    }

    /** The mean over all queries of all heads; NaN if there is no query. */
    public double mean(AttentionStatistic statistic) {
        ExactSum all = ExactSum.ZERO;
        for (int layer = 0; layer < layers; layer++) {
            for (int head = 0; head < heads; head++) {
                all = all.plus(sums.get(index(heads, layer, head, statistic)));
            }
        }
        return all.value() / queries / (layers * (long) heads);
    }

    static int index(int heads, int layer, int head, AttentionStatistic statistic) {
        return (layer * heads + head) * AttentionStatistic.values().length + statistic.ordinal();
    }

    String toJson() {
        return Json.line(this);
    }
}
