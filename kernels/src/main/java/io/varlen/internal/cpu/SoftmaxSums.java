package io.varlen.internal.cpu;

/**
 * What one query's statistics are made of, with an online softmax in double precision (Milakov and Gimelshein 2018,
 * arXiv:1805.02867): sums over keys relative to the largest score so far, brought to a new one where that is larger.
 */
final class SoftmaxSums {
    /** The largest score; -∞ before the first key. */
    private double max;
    /** Σ e^(s - max). */
    private double sum;
    /** Σ e^(s - max) · (s - max). */
    private double weighted;
    /** Σ e^(s - max) · |i - j|. */
    private double distance;
    /** e^(s - max) of the sequence's first key. */
    private double first;
    /** Σ e^(s - max) over the keys in the window. */
    private double near;
    /** Σ e^(s - max) over keys of other sequences. */
    private double outside;

    void reset() {
        max = Double.NEGATIVE_INFINITY;
        sum = 0;
        weighted = 0;
        distance = 0;
        first = 0;
        near = 0;
        outside = 0;
    }

    /**
     * Takes keys {@code [from, to)}, at least one of which is seen.
     *
     * @param scores of key {@code from + i} at {@code at + i}; -∞ for a key that is not seen
     * @param highest the largest of them
     * @param own where the query stands
     * @param firstKey the first key of the query's sequence
     * @param endKey the key behind its last one
     */
    void add(double[] scores, int at, int from, int to, double highest, int own, int firstKey, int endKey, int window) {
        raise(highest);
        double blockSum = 0;
        double blockWeighted = 0;
        double blockDistance = 0;
        double blockNear = 0;
        double blockOutside = 0;
        for (int key = from; key < to; key++) {
            double score = scores[at + key - from] - max;
            if (score == Double.NEGATIVE_INFINITY) {
                continue;
            }
            double weight = Math.exp(score);
            int away = Math.abs(own - key);
            blockSum += weight;
            blockWeighted += weight * score;
            blockDistance += weight * away;
            blockNear += away <= window ? weight : 0;
            blockOutside += key < firstKey || key >= endKey ? weight : 0;
            if (key == firstKey) {
                first = weight;
            }
        }
        sum += blockSum;
        weighted += blockWeighted;
        distance += blockDistance;
        near += blockNear;
        outside += blockOutside;
    }

    private void raise(double highest) {
        if (highest <= max) {
            return;
        }
        if (sum != 0) {
            double rescale = Math.exp(max - highest);
            weighted = rescale * (weighted + sum * (max - highest));
            sum *= rescale;
            distance *= rescale;
            first *= rescale;
            near *= rescale;
            outside *= rescale;
        }
        max = highest;
    }

    boolean seesNone() {
        return max == Double.NEGATIVE_INFINITY;
    }

    double maxLogit() {
        return max;
    }

    /**
     * What e^(s - max) is multiplied with to become a weight.
     *
     * @param sink a score that takes part without a key; -∞ for none
     */
    double share(double sink) {
        return sink <= max ? 1 / (sum + Math.exp(sink - max)) : Math.exp(max - sink) / (sum * Math.exp(max - sink) + 1);
    }

    /** {@code -Σ p ln p} with {@code p = share · e^(s - max)}. */
    double entropy(double share) {
        return -share * (weighted + sum * Math.log(share));
    }

    double meanDistance(double share) {
        return share * distance;
    }

    double sinkMass(double share) {
        return share * first;
    }

    double windowMass(double share) {
        return share * near;
    }

    double outsideMass(double share) {
        return share * outside;
    }
}
