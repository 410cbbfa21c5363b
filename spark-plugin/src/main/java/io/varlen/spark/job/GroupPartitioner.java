package io.varlen.spark.job;

import java.util.Arrays;
import org.apache.spark.Partitioner;

/** One partition per group that is still to be written. The keys are the groups' numbers. */
final class GroupPartitioner extends Partitioner {
    private final int[] groups;

    /** @param groups ascending */
    GroupPartitioner(int[] groups) {
        this.groups = groups;
    }

    boolean contains(int group) {
        return Arrays.binarySearch(groups, group) >= 0;
    }

    int group(int partition) {
        return groups[partition];
    }

    @Override
    public int numPartitions() {
        return groups.length;
    }

    @Override
    public int getPartition(Object group) {
        return Arrays.binarySearch(groups, (Integer) group);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GroupPartitioner that && Arrays.equals(groups, that.groups);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(groups);
    }
}
