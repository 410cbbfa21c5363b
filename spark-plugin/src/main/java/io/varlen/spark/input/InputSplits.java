package io.varlen.spark.input;

import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/** Cuts files into partitions of about equal size, in the order of the files. */
final class InputSplits {
    private static final long SMALLEST = 1L << 20;
    private static final long LARGEST = 32L << 20;
    private static final int PARTITIONS_PER_CORE = 4;

    /** What it costs to open a file, in bytes read meanwhile. */
    private static final long OPENING = 64L << 10;

    private InputSplits() {}

    /** @param partitions about how many there shall be; 0 to choose for a cluster of {@code cores} */
    static List<ArrayList<InputSplit>> plan(
            List<InputFile> files, InputFormat format, int partitions, int cores, Configuration hadoop) {
        long least = partitions > 0 ? 1 : OPENING;
        long total =
                files.stream().mapToLong(file -> Math.max(least, file.size())).sum();
        long target = partitions > 0
                ? divideUp(total, partitions)
                : Math.max(SMALLEST, Math.min(LARGEST, divideUp(total, (long) cores * PARTITIONS_PER_CORE)));
        List<ArrayList<InputSplit>> planned = new ArrayList<>();
        long filled = Long.MAX_VALUE;
        for (InputFile file : files) {
            for (InputSplit split : split(file, format, target, hadoop)) {
                long weight = Math.max(least, Math.min(split.end(), file.size()) - split.start());
                if (filled >= target || filled + weight > target + target / 8) {
                    planned.add(new ArrayList<>());
                    filled = 0;
                }
                planned.get(planned.size() - 1).add(split);
                filled += weight;
            }
        }
        return planned;
    }

    private static List<InputSplit> split(InputFile file, InputFormat format, long target, Configuration hadoop) {
        if (!format.isSplittable() || format.isText() && FileContent.isCompressed(file, hadoop)) {
            return List.of(new InputSplit(file, 0, Long.MAX_VALUE));
        }
        List<InputSplit> splits = new ArrayList<>();
        long count = Math.max(1, divideUp(file.size(), target));
        for (long i = 0; i < count; i++) {
            splits.add(new InputSplit(
                    file, file.size() / count * i, i + 1 == count ? file.size() : file.size() / count * (i + 1)));
        }
        return splits;
    }

    private static long divideUp(long a, long b) {
        return (a + b - 1) / b;
    }
}
