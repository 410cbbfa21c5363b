package io.varlen.spark.inference;

import io.varlen.attention.AttentionTrace;
import io.varlen.attention.Backend;
import io.varlen.spark.internal.OncePerPartition;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Brings to the driver what {@link AttentionTrace} writes of the first batches of a job, in the order of its partitions. The
 * lines come as an accumulator, so they are seen wherever the executors are.
 */
public final class JobTrace implements Serializable {
    /** Traces nothing. */
    public static final JobTrace OFF = new JobTrace(0, null);

    private final int batches;
    private final OncePerPartition<TreeMap<Integer, ArrayList<ArrayList<String>>>> collected;

    private JobTrace(int batches, OncePerPartition<TreeMap<Integer, ArrayList<ArrayList<String>>>> collected) {
        this.batches = batches;
        this.collected = collected;
    }

    /** Called on the driver; traces so many batches of the job's. */
    public static JobTrace of(JavaSparkContext spark, int batches) {
        if (batches == 0) {
            return OFF;
        }
        var collected = new OncePerPartition<TreeMap<Integer, ArrayList<ArrayList<String>>>>(
                (left, right) -> firstOf(batches, left, right));
        spark.sc().register(collected); // without a name: the UI reads the values of named ones while they grow
        return new JobTrace(batches, collected);
    }

    /** One task's share, handed in when it is closed. */
    public final class Part implements AutoCloseable {
        private final ArrayList<ArrayList<String>> written = new ArrayList<>();
        private final AttentionTrace attention;

        private Part(Supplier<Backend> backend) {
            attention = batches == 0 ? AttentionTrace.OFF : new AttentionTrace(batches, backend.get(), this::write);
        }

        /** What the task's models are to tell. */
        public AttentionTrace attention() {
            return attention;
        }

        private void write(String line, int batch) {
            if (batch == written.size()) {
                written.add(new ArrayList<>());
            }
            written.get(batch).add(line);
        }

        @Override
        public void close() {
            if (!written.isEmpty()) {
                TreeMap<Integer, ArrayList<ArrayList<String>>> mine = new TreeMap<>();
                mine.put(TaskContext.getPartitionId(), written);
                collected.add(mine);
            }
        }
    }

    /**
     * Called once in a task.
     *
     * @param backend asked for only if something is traced
     */
    public Part part(Supplier<Backend> backend) {
        return new Part(backend);
    }

    /** Called on the driver: what has come so far. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        if (collected != null && collected.value() != null) {
            int batch = 0;
            for (List<ArrayList<String>> part : collected.value().values()) {
                for (List<String> written : part) {
                    for (String line : written) {
                        lines.add("trace: batch " + batch + ", " + line);
                    }
                    batch++;
                }
            }
        }
        return lines;
    }

    private static TreeMap<Integer, ArrayList<ArrayList<String>>> firstOf(
            int batches,
            TreeMap<Integer, ArrayList<ArrayList<String>>> left,
            TreeMap<Integer, ArrayList<ArrayList<String>>> right) {
        left.putAll(right);
        int surplus = left.values().stream().mapToInt(Collection::size).sum() - batches;
        while (surplus > 0) {
            ArrayList<ArrayList<String>> last = left.lastEntry().getValue();
            int kept = Math.max(0, last.size() - surplus);
            surplus -= last.size() - kept;
            last.subList(kept, last.size()).clear();
            if (kept == 0) {
                left.pollLastEntry();
            }
        }
        return left;
    }
}
