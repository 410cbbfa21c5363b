package io.varlen.spark.job;

import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.spark.SparkJobInfo;
import org.apache.spark.SparkStageInfo;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.JavaSparkStatusTracker;

/** Tells a {@link JobProgress} how many Spark tasks of one stage of a job are done. */
final class TaskProgress {
    private static final long PERIOD_MILLIS = 200;
    private static final String GROUP = "spark.jobGroup.id";
    private static final String DESCRIPTION = "spark.job.description";

    private final JavaSparkStatusTracker tracker;
    private final JobProgress progress;
    private final String group = "varlen-" + UUID.randomUUID();
    private final long total;
    private long done;

    private TaskProgress(JavaSparkContext spark, JobProgress progress, long total) {
        this.tracker = spark.statusTracker();
        this.progress = progress;
        this.total = total;
    }

    /**
     * Runs one stage.
     *
     * @param total the Spark tasks that {@code work} is expected to run
     * @param unit what a task does one of, in the plural
     * @param work starts its Spark jobs from the thread that it is called on
     */
    static <T> T during(
            JavaSparkContext spark, JobProgress progress, String stage, long total, String unit, Supplier<T> work) {
        TaskProgress tasks = new TaskProgress(spark, progress, total);
        String outerGroup = spark.getLocalProperty(GROUP);
        String outerDescription = spark.getLocalProperty(DESCRIPTION);
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "varlen-progress");
            thread.setDaemon(true);
            return thread;
        });
        progress.stage(stage, total, unit);
        spark.setLocalProperty(GROUP, tasks.group);
        spark.setLocalProperty(DESCRIPTION, stage);
        clock.scheduleWithFixedDelay(tasks::poll, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        try {
            T result = work.get();
            tasks.advance(total);
            return result;
        } finally {
            clock.shutdownNow();
            spark.setLocalProperty(GROUP, outerGroup);
            spark.setLocalProperty(DESCRIPTION, outerDescription);
        }
    }

    private void poll() {
        long completed = 0;
        for (int job : tracker.getJobIdsForGroup(group)) {
            SparkJobInfo info = tracker.getJobInfo(job);
            for (int stage : info == null ? new int[0] : info.stageIds()) {
                SparkStageInfo stageInfo = tracker.getStageInfo(stage);
                completed += stageInfo == null ? 0 : stageInfo.numCompletedTasks();
            }
        }
        advance(Math.min(completed, total));
    }

    private synchronized void advance(long completed) {
        done = Math.max(done, completed);
        progress.advance(done); // also when nothing is new, so that long work is seen to go on
    }
}
