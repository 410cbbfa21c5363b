package io.varlen.jobs.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * Documents of random token ids.
 *
 * @param ids per document; none is empty or longer than {@code seqLen}
 * @param seqLen the length of a packed row
 */
record BenchmarkDocuments(List<int[]> ids, int seqLen) {
    /** Web text has about this median in tokens, and this spread. */
    static final double MEDIAN = 450;

    static final double SIGMA = 1.1;

    /**
     * Documents with at least {@code tokens} tokens in all, whose lengths are log-normal, cut at {@code seqLen}.
     *
     * @param median of the lengths before the cut
     */
    static BenchmarkDocuments logNormal(double median, long tokens, int seqLen, int vocabulary, long seed) {
        Random random = new Random(seed);
        List<Integer> lengths = new ArrayList<>();
        for (long sum = 0; sum < tokens; sum += lengths.get(lengths.size() - 1)) {
            double length = Math.exp(Math.log(median) + SIGMA * random.nextGaussian());
            lengths.add((int) Math.max(1, Math.min(seqLen, Math.round(length))));
        }
        return ofLengths(lengths, seqLen, vocabulary, seed);
    }

    /** Random ids; id 0 is left to padding. */
    static BenchmarkDocuments ofLengths(List<Integer> lengths, int seqLen, int vocabulary, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<int[]> ids = lengths.stream()
                .map(length -> random.ints(length, 1, vocabulary).toArray())
                .toList();
        return new BenchmarkDocuments(ids, seqLen);
    }

    long tokens() {
        return ids.stream().mapToLong(document -> document.length).sum();
    }

    int count() {
        return ids.size();
    }

    /** The numbers of the documents in an order that has nothing to do with their lengths. */
    List<Integer> shuffled(long seed) {
        List<Integer> order = inOrder();
        Collections.shuffle(order, new Random(seed));
        return order;
    }

    /** The numbers of the documents, the shortest first. */
    List<Integer> byLength() {
        List<Integer> order = inOrder();
        order.sort(Comparator.comparingInt(document -> ids.get(document).length));
        return order;
    }

    private List<Integer> inOrder() {
        List<Integer> order = new ArrayList<>();
        for (int document = 0; document < count(); document++) {
            order.add(document);
        }
        return order;
    }
}
