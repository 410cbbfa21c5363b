package io.varlen.spark.rapids;

import io.varlen.spark.function.FunctionDefinition;
import io.varlen.spark.function.FunctionExample;
import io.varlen.spark.sql.VarlenFunctions;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import scala.collection.Seq;

/**
 * Runs every SQL function on the GPU and on the CPU, and compares: for whoever has RAPIDS and a GPU to run it on.
 *
 * <pre>
 * spark-submit --class io.varlen.spark.rapids.RapidsSelfTest --jars rapids-4-spark_2.13-26.08.1-cuda13.jar \
 *     --conf spark.plugins=com.nvidia.spark.SQLPlugin varlen-spark-…-all.jar
 * </pre>
 *
 * <p>Prints a line per function and ends with 0 if all ran on the GPU and gave what they give on the CPU, else with 1.
 */
public final class RapidsSelfTest {
    private static final String ENABLED = "spark.rapids.sql.enabled";

    /** Whether RAPIDS may evaluate an expression on the CPU amid a plan on the GPU; off, the whole node stays on the CPU, and is seen. */
    private static final String BRIDGE = "spark.rapids.sql.expression.cpuBridge.enabled";

    private static final int ROWS = 1000;

    /** The rules by which no example would reach a device. */
    private static final String FOLDING = "org.apache.spark.sql.catalyst.optimizer.ConstantFolding,"
            + "org.apache.spark.sql.catalyst.optimizer.ConvertToLocalRelation";

    /** Between sums in another order; relative to the larger one, or to 1. */
    private static final double TOLERANCE = 1e-4;

    /** Rows of attention with several sequences, some of them empty, and null rows. */
    private static final String ATTENTION = """
            SELECT id, varlen_attention(q, k, v, cu, 4, 2, 'causal') FROM (
              SELECT id, IF(id % 17 = 3, NULL, x) AS q, slice(x, 1, CAST(size(x) / 2 AS INT)) AS k,
                slice(reverse(x), 1, CAST(size(x) / 2 AS INT)) AS v, array(0, n, n, CAST(size(x) / 32 AS INT)) AS cu FROM (
                SELECT id, CAST(id % 5 AS INT) AS n,
                  transform(sequence(1, 32 * CAST(id % 5 + id % 7 + 1 AS INT)), i -> CAST(sin(i * (id + 1)) AS FLOAT)) AS x
                FROM range(ROWS)))""".replace("ROWS", String.valueOf(ROWS));

    private final SparkSession spark;
    private int failures;

    private RapidsSelfTest(SparkSession spark) {
        this.spark = spark;
    }

    /** Takes no arguments. */
    public static void main(String[] arguments) {
        SparkSession spark = SparkSession.builder()
                .config("spark.sql.optimizer.excludedRules", FOLDING)
                .config(BRIDGE, "false")
                .getOrCreate();
        RapidsSelfTest test = new RapidsSelfTest(spark);
        VarlenFunctions.all().forEach(test::run);
        test.report("varlen_attention over " + ROWS + " rows", List.of(ATTENTION));
        spark.stop();
        if (test.failures > 0) {
            System.exit(1);
        }
    }

    private void run(FunctionDefinition function) {
        List<String> queries = new ArrayList<>();
        for (FunctionExample example : function.examples()) {
            String query = example.query().replace("_FUNC_", function.name());
            queries.add(query.contains(" FROM ") ? query : query + " FROM range(" + ROWS + ")");
        }
        report(function.name(), queries);
    }

    private void report(String what, List<String> queries) {
        String found = "the same on GPU and CPU";
        for (String query : queries) {
            String wrong = difference(query);
            if (wrong != null) {
                found = wrong + ": " + query;
                failures++;
                break;
            }
        }
        System.out.println(what + ": " + found);
    }

    /** What is wrong, in a few words; null if nothing is. */
    private String difference(String query) {
        try {
            spark.conf().set(ENABLED, "true");
            Dataset<Row> onGpu = spark.sql(query);
            List<Row> gpu = onGpu.collectAsList();
            if (!isOnGpu(onGpu.queryExecution().executedPlan().toString())) {
                return "RAPIDS left it on the CPU";
            }
            spark.conf().set(ENABLED, "false");
            List<Row> cpu = spark.sql(query).collectAsList();
            return isSame(gpu, cpu) ? null : "GPU and CPU differ";
        } catch (Exception e) {
            return "it failed: " + e;
        }
    }

    /** Whether a plan that was executed computes our functions, and all of them in nodes of RAPIDS. */
    static boolean isOnGpu(String plan) {
        List<String> ours = plan.lines()
                .filter(node -> node.contains("Project [") && node.contains("varlen_"))
                .toList();
        return !ours.isEmpty() && ours.stream().allMatch(node -> node.contains("GpuProject ["));
    }

    /** In the order of {@code range}, which both keep. */
    private static boolean isSame(List<Row> gpu, List<Row> cpu) {
        boolean same = gpu.size() == cpu.size();
        for (int i = 0; same && i < gpu.size(); i++) {
            same = isSame((Object) gpu.get(i), cpu.get(i));
        }
        return same;
    }

    private static boolean isSame(Object a, Object b) {
        if (a instanceof Row left && b instanceof Row right) {
            boolean same = left.size() == right.size();
            for (int i = 0; same && i < left.size(); i++) {
                same = isSame(left.get(i), right.get(i));
            }
            return same;
        } else if (a instanceof Seq<?> left && b instanceof Seq<?> right) {
            boolean same = left.length() == right.length();
            for (int i = 0; same && i < left.length(); i++) {
                same = isSame(left.apply(i), right.apply(i));
            }
            return same;
        } else if (a instanceof byte[] left && b instanceof byte[] right) {
            return java.util.Arrays.equals(left, right);
        } else if ((a instanceof Float || a instanceof Double) && b instanceof Number) {
            double x = ((Number) a).doubleValue();
            double y = ((Number) b).doubleValue();
            return x == y || Math.abs(x - y) <= TOLERANCE * Math.max(1, Math.max(Math.abs(x), Math.abs(y)));
        }
        return java.util.Objects.equals(a, b);
    }
}
