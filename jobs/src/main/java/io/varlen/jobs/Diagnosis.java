package io.varlen.jobs;

import io.varlen.InvalidInputException;
import io.varlen.attention.Backends;
import io.varlen.model.ModelFiles;
import io.varlen.spark.VarlenConf;
import io.varlen.spark.engine.Compute;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.engine.EngineReport;
import io.varlen.spark.engine.ModelReference;
import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.Tokenizer;
import io.varlen.tokenizer.TokenizerSource;
import io.varlen.tokenizer.TokenizerSources;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

/** What the driver and the executors of a session have to work with. */
final class Diagnosis {
    private static final String SAMPLE = "Nothing is ever padded again.";

    private final SparkSession spark;
    private final String backend;

    /** What one executor says of itself. */
    private record Executor(
            String id,
            String host,
            String java,
            int cores,
            long heapBytes,
            String backend,
            String description,
            String nativeDirectory)
            implements Serializable {

        static Executor here(String backend) {
            EngineReport report = Engine.get().report(Compute.on(backend));
            SparkEnv env = SparkEnv.get();
            return new Executor(
                    env.executorId(),
                    env.blockManager().blockManagerId().host(),
                    Diagnosis.java(),
                    Runtime.getRuntime().availableProcessors(),
                    report.heapBytes(),
                    report.backend(),
                    report.description(),
                    report.nativeDirectory().toString());
        }

        Map<String, Object> figures() {
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("id", id);
            figures.put("host", host);
            figures.put("java", java);
            figures.put("cores", cores);
            figures.put("heap_mib", heapBytes >> 20);
            figures.put("backend", backend);
            figures.put("backend_description", description);
            figures.put("native_dir", nativeDirectory);
            return figures;
        }
    }

    /** @param backend the backend to open; null for what the configuration says */
    Diagnosis(SparkSession spark, String backend) {
        this.spark = spark;
        this.backend = backend;
    }

    /** @throws InvalidInputException if the named backend is not available */
    LinkedHashMap<String, Object> figures() {
        LinkedHashMap<String, Object> figures = new LinkedHashMap<>();
        figures.put("varlen", version());
        figures.put("java", java());
        figures.put(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                        + System.getProperty("os.arch"));
        figures.put("spark", spark.version());
        figures.put("spark_home", System.getenv().getOrDefault("SPARK_HOME", "not set"));
        figures.put("master", spark.sparkContext().master());
        figures.put("parallel_tasks", spark.sparkContext().defaultParallelism());
        figures.put(
                "backend_requested", Engine.get().report(Compute.on(backend)).requested());
        figures.put(
                "gpu",
                Backends.whyNotCuda().map(why -> "not used by auto: " + why).orElse("used by auto"));
        figures.put("tokenizer_tiktoken", tryOut(() -> TokenizerSources.resolve("tiktoken:cl100k_base")));
        figures.put("tokenizer_json", tryOut(() -> builtin().tokenizer()));
        figures.put(
                "builtin_model",
                tell(() -> "found " + builtinPlace() + ", SHA-256 " + builtin().sha256()));
        figures.put("executors", executors().stream().map(Executor::figures).toList());
        return figures;
    }

    static String text(Map<String, Object> figures) {
        Table table = new Table();
        figures.forEach((name, value) -> {
            if (value instanceof List<?> executors) {
                executors.forEach(executor -> addExecutor(table, (Map<?, ?>) executor));
            } else {
                table.add(name.replace('_', ' '), value.toString(), "");
            }
        });
        return table.toString();
    }

    private static void addExecutor(Table table, Map<?, ?> executor) {
        table.add(
                "executor " + executor.get("id"),
                executor.get("host") + ", " + executor.get("cores") + " cores, heap up to " + executor.get("heap_mib")
                        + " MiB, Java " + executor.get("java"),
                "");
        table.add("  backend", executor.get("backend") + ": " + executor.get("backend_description"), "");
        table.add("  natives", executor.get("native_dir").toString(), "");
    }

    /** As many tasks as run at once, so that on a busy cluster some executors may not be among them. */
    private List<Executor> executors() {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        String asked = backend;
        int tasks = context.defaultParallelism();
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < tasks; i++) {
            numbers.add(i);
        }
        Map<String, Executor> byId = new TreeMap<>(context.parallelize(numbers, tasks)
                .mapToPair(i -> new Tuple2<>(SparkEnv.get().executorId(), Executor.here(asked)))
                .reduceByKey((one, other) -> one)
                .collectAsMap());
        return List.copyOf(byId.values());
    }

    private static ModelFiles builtin() {
        return Engine.get().model(ModelReference.of(ModelReference.BUILTIN, null));
    }

    private String builtinPlace() {
        return VarlenConf.MODEL_JAR
                .get(spark.sparkContext().conf())
                .map(jar -> "in " + jar)
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

    private static String java() {
        return System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ", "
                + System.getProperty("java.home") + ")";
    }

    private static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "not from a jar" : version;
    }
}
