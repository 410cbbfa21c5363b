package io.varlen.spark.job;

import io.varlen.spark.dataset.OutputFolder.CompleteUnit;
import io.varlen.spark.metrics.TaskWork;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** What a report says of the tasks that made an output: of those whose units it consists of, and no other attempts. */
final class WorkFigures {
    private static final String TOKENIZE = "tokenize_share";
    private static final String COMPUTE = "compute_share";
    private static final String WAIT = "wait_share";
    private static final String SPLITS = "memory_splits";
    private static final String EXECUTORS = "executors";

    /** The names of these figures. */
    static final List<String> NAMES = List.of(TOKENIZE, COMPUTE, WAIT, SPLITS, EXECUTORS);

    private WorkFigures() {}

    static TaskWork of(Collection<CompleteUnit> units) {
        return TaskWork.sum(units.stream().map(CompleteUnit::work).toList());
    }

    /** Shares are of the time of all tasks together; what is left of it is reading, sorting and writing. */
    static void put(Map<String, Object> figures, TaskWork work) {
        figures.put(TOKENIZE, work.share(work.tokenizeNanos()));
        figures.put(COMPUTE, work.share(work.computeNanos()));
        figures.put(WAIT, work.share(work.waitNanos()));
        figures.put(SPLITS, work.splits());
        figures.put(EXECUTORS, work.executors().size());
    }
}
