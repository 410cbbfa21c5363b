package io.varlen.spark.metrics;

import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;

/**
 * What code tells that runs in a task: {@code TaskMetrics.current().tokens(n)}. It goes to the totals of the process and,
 * where the task was given {@link StageCounters}, to Spark's web page. Outside a task nothing is counted.
 *
 * <p>Called from the task's own thread. Times are in nanoseconds.
 */
public final class TaskMetrics {
    private static final ConcurrentMap<Long, TaskMetrics> RUNNING = new ConcurrentHashMap<>();
    private static final TaskMetrics OUTSIDE = new TaskMetrics(false);

    private final boolean inTask;
    private final long began = System.nanoTime();
    private StageCounters counters;
    private long tokenizing;
    private long computing;
    private long waiting;
    private long splits;
    private long batchTokens;
    private long batchRoom;

    private TaskMetrics(boolean inTask) {
        this.inTask = inTask;
    }

    /** Of the task that the caller runs in; one that counts nothing where there is no task. */
    public static TaskMetrics current() {
        TaskContext task = TaskContext.get();
        return task == null ? OUTSIDE : of(task);
    }

    static TaskMetrics of(TaskContext task) {
        long id = task.taskAttemptId();
        TaskMetrics running = RUNNING.get(id);
        if (running == null) {
            running = new TaskMetrics(true);
            RUNNING.put(id, running);
            task.addTaskCompletionListener((TaskCompletionListener) ended -> RUNNING.remove(id));
        }
        return running;
    }

    /** A stage of several functions has several; counted is in the first one alone, or else there would be two sums. */
    void countIn(StageCounters stage) {
        if (counters == null) {
            counters = stage;
        }
    }

    /** So many tokens were made of text. */
    public void tokens(long tokens) {
        if (inTask) {
            ExecutorTotals.TOTALS.tokens.add(tokens);
            if (counters != null) {
                counters.tokens.add(tokens);
            }
        }
    }

    /**
     * So many tokens were given to a model at once, or laid into a row.
     *
     * @param room how many there might have been
     */
    public void batch(long tokens, long room) {
        tokens(tokens);
        if (inTask) {
            ExecutorTotals.TOTALS.batch(tokens, room);
            batchTokens += tokens;
            batchRoom += room;
            if (counters != null) {
                counters.fill.add(new Fill(tokens, room));
            }
        }
    }

    /** So many rows of results were made. */
    public void rows(long rows) {
        if (inTask) {
            ExecutorTotals.TOTALS.rows.add(rows);
            if (counters != null) {
                counters.rows.add(rows);
            }
        }
    }

    /** So many tokens were left out, because their document was too long. */
    public void truncated(long tokens) {
        if (inTask) {
            ExecutorTotals.TOTALS.truncated.add(tokens);
            if (counters != null) {
                counters.truncated.add(tokens);
            }
        }
    }

    /** So long a tokenizer was at work. */
    public void tokenized(long nanos) {
        if (inTask) {
            ExecutorTotals.TOTALS.tokenizing.add(nanos);
            tokenizing += nanos;
            if (counters != null) {
                counters.tokenizing.add(nanos);
            }
        }
    }

    /** So long a model was at work. */
    public void computed(long nanos) {
        if (inTask) {
            ExecutorTotals.TOTALS.computing.add(nanos);
            computing += nanos;
            if (counters != null) {
                counters.computing.add(nanos);
            }
        }
    }

    /** So long the task waited for a device that others use. */
    public void waited(long nanos) {
        if (inTask) {
            ExecutorTotals.TOTALS.waiting.add(nanos);
            waiting += nanos;
            if (counters != null) {
                counters.waiting.add(nanos);
            }
        }
    }

    /** So many batches were cut in two, because a device had not the memory for them. */
    public void splits(long count) {
        if (inTask) {
            ExecutorTotals.TOTALS.splits.add(count);
            splits += count;
        }
    }

    /** What the task has done so far; nothing outside a task. */
    public TaskWork work() {
        return inTask
                ? new TaskWork(
                        System.nanoTime() - began,
                        tokenizing,
                        computing,
                        waiting,
                        splits,
                        new Fill(batchTokens, batchRoom),
                        new TreeSet<>(Set.of(SparkEnv.get().executorId())))
                : TaskWork.NONE;
    }
}
