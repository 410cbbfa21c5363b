package io.varlen.jobs;

import io.varlen.model.ModelFiles;
import io.varlen.spark.Installation;
import io.varlen.spark.Redaction;
import io.varlen.spark.VarlenConf;
import io.varlen.spark.engine.Compute;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.engine.ExecutorReport;
import io.varlen.spark.engine.ExecutorSurvey;
import io.varlen.spark.engine.ModelReference;
import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.Tokenizer;
import io.varlen.tokenizer.TokenizerSource;
import io.varlen.tokenizer.TokenizerSources;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * What the driver and the executors of a session have to work with.
 *
 * @param general of the whole application, in the order in which it is told
 * @param executors those that answered
 * @param model what was asked for; null for none
 */
record Diagnosis(LinkedHashMap<String, Object> general, List<ExecutorSurvey.Answer> executors, ModelReference model) {
    private static final String SAMPLE = "Nothing is ever padded again.";

    static Diagnosis of(SparkSession spark, Compute compute, ModelReference model) {
        SparkConf conf = spark.sparkContext().getConf();
        LinkedHashMap<String, Object> general = new LinkedHashMap<>();
        general.put("varlen", Installation.version());
        general.put(
                "java",
                System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ", "
                        + System.getProperty("java.home") + ")");
        general.put(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                        + System.getProperty("os.arch"));
        general.put("spark", spark.version());
        general.put("scala", Installation.scala());
        general.put("spark_home", System.getenv().getOrDefault("SPARK_HOME", "not set"));
        general.put("master", Redaction.text(spark.sparkContext().master()));
        general.put("parallel_tasks", spark.sparkContext().defaultParallelism());
        general.put(
                "plugin",
                Installation.hasPlugin(conf) ? "configured" : "not configured; the engine opens on first use");
        general.put("sql_functions", sqlFunctions(spark));
        general.put("rapids", Installation.rapids());
        general.put("settings", Installation.settings(conf));
        general.put("tokenizer_tiktoken", tryOut(() -> TokenizerSources.resolve("tiktoken:cl100k_base")));
        general.put("tokenizer_json", tryOut(() -> builtin().tokenizer()));
        general.put(
                "builtin_model",
                tell(() ->
                        "found " + builtinPlace(conf) + ", SHA-256 " + builtin().sha256()));
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        return new Diagnosis(general, ExecutorSurvey.of(context, compute, model), model);
    }

    /** Whether all that was asked for works on every executor that answered. */
    boolean isSound() {
        return !executors.isEmpty()
                && executors.stream().allMatch(executor -> executor.failure() == null && fits(executor));
    }

    private static boolean fits(ExecutorSurvey.Answer executor) {
        return executor.model() == null
                || bytes(executor.model()) <= executor.report().memoryBytes();
    }

    /** With the batches of embed, of all tasks. */
    private static long bytes(ExecutorSurvey.Plan plan) {
        return plan.memory().bytesWith(plan.budgets().embed());
    }

    /** Of the model that was asked about, else of any that there is room enough for. */
    private static ExecutorReport.Budgets budgets(ExecutorSurvey.Answer executor) {
        return executor.model() != null
                ? executor.model().budgets()
                : executor.report().budgets();
    }

    LinkedHashMap<String, Object> figures() {
        LinkedHashMap<String, Object> figures = new LinkedHashMap<>(general);
        figures.put("works", isSound());
        figures.put("executors", executors.stream().map(this::figures).toList());
        return figures;
    }

    private Map<String, Object> figures(ExecutorSurvey.Answer executor) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("id", executor.id());
        ExecutorReport report = executor.report();
        if (report != null) {
            figures.put("host", report.host());
            figures.put("java", report.java());
            figures.put("cores", report.cores());
            figures.put("heap_mib", report.heapBytes() >> 20);
            figures.put("backend_requested", report.requested());
            figures.put("backend", report.backend());
            figures.put("backend_description", report.description());
            figures.put("gpu", report.gpuLine());
            figures.put("gpus", report.gpus());
            figures.put("dtypes", report.dtypes());
            figures.put("vector_api", report.vectors());
            figures.put("native_dir", report.nativeDirectory());
            figures.put("native_dir_writable", report.nativeWritable());
            figures.put("memory", report.memory());
            figures.put("memory_mib", report.memoryBytes() >> 20);
            figures.put("embed_token_budget", budgets(executor).embed());
            figures.put("score_token_budget", budgets(executor).score());
            figures.put("attend_token_budget", budgets(executor).attend());
        }
        if (executor.model() != null) {
            figures.put("model", Redaction.text(model.name()));
            figures.put("model_sha256", executor.model().sha256());
            figures.put("model_weight_bytes", executor.model().memory().model().weightBytes());
            figures.put(
                    "model_bytes_per_token", executor.model().memory().model().bytesPerToken());
            figures.put("model_tasks", executor.model().memory().tasks());
            figures.put("model_bytes", bytes(executor.model()));
            figures.put("model_fits", fits(executor));
        }
        if (executor.failure() != null) {
            figures.put("failure", executor.failure());
        }
        return figures;
    }

    String text() {
        Table table = new Table();
        general.forEach((name, value) -> table.add(name.replace('_', ' '), words(value), ""));
        executors.forEach(executor -> addExecutor(table, executor));
        return table.toString();
    }

    private static String words(Object value) {
        if (value instanceof List<?> list) {
            return list.isEmpty()
                    ? "none"
                    : String.join(", ", list.stream().map(String::valueOf).toList());
        }
        return String.valueOf(value);
    }

    private void addExecutor(Table table, ExecutorSurvey.Answer executor) {
        ExecutorReport report = executor.report();
        if (report == null) {
            table.add("executor " + executor.id(), "does not work: " + executor.failure(), "");
            return;
        }
        table.add(
                "executor " + report.id(),
                report.host() + ", " + report.cores() + " cores, heap up to " + (report.heapBytes() >> 20)
                        + " MiB, Java " + report.java(),
                "");
        table.add("  backend", report.backendLine(), "");
        table.add("  gpu", report.gpuLine(), "");
        report.gpus().forEach(gpu -> table.add("", gpu, ""));
        table.add(
                "  dtypes",
                String.join(", ", report.dtypes()) + (report.vectors() ? "; " : "; no ") + "Vector API",
                "");
        table.add("  natives", report.nativeDirectory() + (report.nativeWritable() ? "" : ", not writable"), "");
        table.add(
                "  batches",
                budgets(executor)
                        + (executor.model() == null ? ", fewer for a model that has no room for so many" : ""),
                "");
        if (executor.model() != null) {
            table.add("  model", plan(executor), "");
        } else if (executor.failure() != null) {
            table.add("  model", "does not work: " + executor.failure(), "");
        }
    }

    private String plan(ExecutorSurvey.Answer executor) {
        ExecutorSurvey.Plan plan = executor.model();
        int tokens = plan.budgets().embed();
        long weights = plan.memory().model().weightBytes();
        int tasks = plan.memory().tasks();
        return Redaction.text(model.name()) + ": " + mib(weights) + " of weights and " + mib(bytes(plan) - weights)
                + " for " + (tasks == 1 ? "a batch" : tasks + " batches") + " of " + Table.number(tokens) + " tokens "
                + (fits(executor) ? "fit into " : "do not fit into ")
                + mib(executor.report().memoryBytes()) + " ("
                + executor.report().memory() + ")";
    }

    private static String mib(long bytes) {
        return Table.number((bytes + (1 << 20) - 1) >> 20) + " MiB";
    }

    private static List<String> sqlFunctions(SparkSession spark) {
        List<String> names = new ArrayList<>();
        for (Row row : spark.sql("SHOW FUNCTIONS LIKE 'varlen*'").collectAsList()) {
            if (!row.getString(0).contains("_internal_")) { // which are for us alone
                names.add(row.getString(0));
            }
        }
        return names;
    }

    private static ModelFiles builtin() {
        return Engine.get().model(ModelReference.of(ModelReference.BUILTIN, null));
    }

    private static String builtinPlace(SparkConf conf) {
        return VarlenConf.MODEL_JAR
                .get(conf)
                .map(jar -> "in " + Redaction.text(jar))
                .orElse("on the class path or in the local Maven repository");
    }

    private static String tryOut(Supplier<TokenizerSource> source) {
        return tell(() -> {
            Tokenizer tokenizer = Engine.get().tokenizer(source.get());
            byte[] utf8 = SAMPLE.getBytes(StandardCharsets.UTF_8);
            TokenBuffer ids = new TokenBuffer();
            tokenizer.encode(utf8, 0, utf8.length, ids);
            return "works, " + tokenizer.vocabularySize() + " ids";
        });
    }

    /** A doctor reports what does not work, and goes on. */
    private static String tell(Supplier<String> attempt) {
        try {
            return attempt.get();
        } catch (RuntimeException e) {
            return "does not work: " + Failure.of(e).line();
        }
    }
}
