package io.varlen.spark.job;

import java.io.Serializable;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.util.sketch.BloomFilter;

/**
 * Says of most documents that they are not among those named, without knowing the names: so of a large dataset hardly
 * more is shuffled than what is looked for, and no machine holds all names.
 */
final class IdFilter implements Serializable {
    private static final double FALSE_POSITIVES = 0.01;
    private static final int DEPTH = 2;

    private final BloomFilter filter;

    private IdFilter(BloomFilter filter) {
        this.filter = filter;
    }

    /** @param count how many names there are */
    static IdFilter of(JavaRDD<String> names, long count) {
        BloomFilter none = BloomFilter.create(Math.max(1, count), FALSE_POSITIVES);
        return new IdFilter(names.treeAggregate(
                none,
                (filter, name) -> {
                    filter.putString(name);
                    return filter;
                },
                (a, b) -> a.mergeInPlace(b),
                DEPTH));
    }

    /** Never false for one of the names. */
    boolean mayBeNamed(String docId) {
        return filter.mightContainString(docId);
    }
}
