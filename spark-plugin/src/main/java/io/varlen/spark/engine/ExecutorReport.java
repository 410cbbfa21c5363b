package io.varlen.spark.engine;

import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
import io.varlen.attention.Gpu;
import io.varlen.attention.MemoryUse;
import io.varlen.spark.VarlenConf;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToIntFunction;
import org.apache.spark.SparkConf;

/**
 * What one executor computes with, and why: for logs, for {@code varlen doctor}, and for explanations.
 *
 * @param id Spark's; {@code driver} where that runs the tasks
 * @param host its name
 * @param java version, maker and home
 * @param cores that the JVM sees
 * @param requested the backend that was asked for, perhaps {@code auto}
 * @param backend the name of the one that was opened
 * @param description what that one computes with
 * @param assigned which GPUs its tasks would use, and who says so
 * @param whyNotGpu why no GPU computes; null if one does
 * @param gpus every GPU of the host, whether it is eligible, and why not
 * @param dtypes in what its linear layers can multiply
 * @param vectors whether the JVM has the Vector API
 * @param nativeDirectory where native libraries were unpacked
 * @param nativeWritable whether it can be written to now
 * @param heapBytes the most that the heap may grow to
 * @param memory where tensors are
 * @param memoryBytes the most of that memory that may be used
 * @param budgets tokens that a model is given at once, if there is room enough for it
 */
public record ExecutorReport(
        String id,
        String host,
        String java,
        int cores,
        String requested,
        String backend,
        String description,
        String assigned,
        String whyNotGpu,
        List<String> gpus,
        List<String> dtypes,
        boolean vectors,
        String nativeDirectory,
        boolean nativeWritable,
        long heapBytes,
        String memory,
        long memoryBytes,
        Budgets budgets)
        implements Serializable {

    /** Tokens per batch of the jobs, and of functions that do the same. */
    public record Budgets(int embed, int score, int attend) implements Serializable {
        /** Of models that there is room enough for. */
        static Budgets most(SparkConf conf, Backend backend) {
            return each(conf, budget -> budget.most(backend));
        }

        /** Of one model. */
        static Budgets of(SparkConf conf, Backend backend, MemoryPlan plan) {
            return each(conf, budget -> budget.on(backend, plan));
        }

        private static Budgets each(SparkConf conf, ToIntFunction<TokenBudget> tokens) {
            return new Budgets(
                    tokens.applyAsInt(TokenBudget.ofEmbed(VarlenConf.EMBED_TOKEN_BUDGET.get(conf))),
                    tokens.applyAsInt(TokenBudget.ofScore(VarlenConf.SCORE_TOKEN_BUDGET.get(conf))),
                    tokens.applyAsInt(TokenBudget.ofAttend(VarlenConf.ATTEND_TOKEN_BUDGET.get(conf))));
        }

        @Override
        public String toString() {
            return "embed " + embed + ", score " + score + ", attend " + attend + " tokens";
        }
    }

    /**
     * Of the engine in this JVM; opens the backend.
     *
     * @param id of the executor
     * @throws io.varlen.InvalidInputException if what is asked for is not available
     */
    public static ExecutorReport of(String id, Engine engine, SparkConf conf, Compute compute) {
        EngineReport report = engine.report(compute);
        Backend backend = engine.backend(compute);
        MemoryUse memory = backend.memoryUse();
        return new ExecutorReport(
                id,
                report.host(),
                javaVersion(),
                Runtime.getRuntime().availableProcessors(),
                report.requested(),
                report.backend(),
                report.description(),
                report.gpus(),
                whyNotGpu(report),
                Backends.gpus().stream().map(ExecutorReport::line).toList(),
                backend.dtypes().stream().map(Dtype::optionName).toList(),
                hasVectors(),
                report.nativeDirectory().toString(),
                isWritable(report.nativeDirectory()),
                report.heapBytes(),
                memory.where(),
                memory.budgetBytes(),
                Budgets.most(conf, backend));
    }

    private static String whyNotGpu(EngineReport report) {
        if (report.backend().equals(Backends.CUDA)) {
            return null;
        }
        return report.requested().equals(Backends.CPU)
                ? "backend cpu was asked for"
                : Backends.whyNotCuda().orElse("it could be used now, but not when the backend was opened");
    }

    private static String line(Gpu gpu) {
        return "device " + gpu.ordinal() + ", " + gpu.name() + " (" + gpu.architecture() + "), "
                + (gpu.memoryBytes() >> 20) + " MiB: "
                + (gpu.whyNot() == null ? "eligible" : "not eligible, " + gpu.whyNot());
    }

    private static boolean hasVectors() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    }

    private static boolean isWritable(Path folder) {
        return Files.isDirectory(folder) && Files.isWritable(folder);
    }

    private static String javaVersion() {
        return System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ", "
                + System.getProperty("java.home") + ")";
    }

    /** What computes, with what was asked for where that is another word. */
    public String backendLine() {
        return backend + (requested.equals(backend) ? "" : " (" + requested + ")") + ": " + description;
    }

    /** Which GPU computes, or why none does. */
    public String gpuLine() {
        return whyNotGpu == null ? assigned : "not used: " + whyNotGpu + " (" + assigned + ")";
    }

    @Override
    public String toString() {
        return "varlen on executor " + id + "\n" + lines();
    }

    /** A few lines for a log. */
    public String lines() {
        return "  host     " + host + ", " + cores + " cores\n  backend  "
                + backendLine() + "\n  gpu      " + gpuLine() + "\n  dtypes   " + String.join(", ", dtypes)
                + "\n  natives  " + nativeDirectory + "\n  memory   heap up to " + (heapBytes >> 20) + " MiB"
                + (memory.equals("heap") ? "" : ", " + memory + " up to " + (memoryBytes >> 20) + " MiB")
                + "\n  batches  " + budgets + ", fewer for a model that has no room for so many";
    }
}
