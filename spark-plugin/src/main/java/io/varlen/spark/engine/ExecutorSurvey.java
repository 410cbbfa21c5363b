package io.varlen.spark.engine;

import io.varlen.spark.Redaction;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/** Asks the executors of an application what they compute with, by a few short tasks on each. */
public final class ExecutorSurvey {
    private static final int ROUNDS = 5;

    /** So that tasks of a round go to all executors and not to the quickest. */
    private static final long TASK_MILLIS = 50;

    private ExecutorSurvey() {}

    /**
     * What one executor answers.
     *
     * @param id of the executor
     * @param report null if the backend does not open there
     * @param model the model that was asked for; null if none was, or it does not open there
     * @param failure why something does not open; null if all does
     */
    public record Answer(String id, ExecutorReport report, Plan model, String failure) implements Serializable {}

    /**
     * A model on an executor.
     *
     * @param sha256 of its files
     * @param memory what it takes and has
     * @param budgets tokens that it is given at once
     */
    public record Plan(String sha256, MemoryPlan memory, ExecutorReport.Budgets budgets) implements Serializable {}

    /**
     * Of every executor that answers within a few rounds of tasks, by id. On a busy cluster some may not be among them.
     *
     * @param model looked at too; null for none
     */
    public static List<Answer> of(JavaSparkContext spark, Compute compute, ModelReference model) {
        Map<String, Answer> answers = new TreeMap<>();
        int known = Math.max(1, executors(spark));
        int tasks = Math.max(spark.defaultParallelism(), known);
        for (int round = 0; round < ROUNDS && answers.size() < known; round++) {
            List<Integer> numbers = IntStream.range(0, tasks).boxed().toList();
            answers.putAll(spark.parallelize(numbers, tasks)
                    .mapToPair(i -> answer(compute, model))
                    .reduceByKey((one, other) -> one)
                    .collectAsMap());
        }
        return List.copyOf(answers.values());
    }

    private static Tuple2<String, Answer> answer(Compute compute, ModelReference model) throws InterruptedException {
        Thread.sleep(TASK_MILLIS);
        Answer answer = here(compute, model);
        return new Tuple2<>(answer.id(), answer);
    }

    /** Of the JVM of the caller. */
    public static Answer here(Compute compute, ModelReference model) {
        String id = SparkEnv.get().executorId();
        ExecutorReport report = null;
        try {
            Engine engine = Engine.get();
            report = ExecutorReport.of(id, engine, SparkEnv.get().conf(), compute);
            return new Answer(id, report, model == null ? null : plan(engine, compute, model), null);
        } catch (RuntimeException | LinkageError e) { // whoever asks wants to know of the others, too
            return new Answer(id, report, null, Redaction.text(String.valueOf(e.getMessage())));
        }
    }

    private static Plan plan(Engine engine, Compute compute, ModelReference model) {
        var files = engine.model(model);
        MemoryPlan plan = engine.memoryPlanAhead(model, compute);
        SparkConf conf = SparkEnv.get().conf();
        return new Plan(files.sha256(), plan, ExecutorReport.Budgets.of(conf, engine.backend(compute), plan));
    }

    /** The driver is among Spark's executors always, but runs tasks in local mode alone. */
    private static int executors(JavaSparkContext spark) {
        int all = spark.sc().statusTracker().getExecutorInfos().length;
        return spark.isLocal() ? all : all - 1;
    }
}
