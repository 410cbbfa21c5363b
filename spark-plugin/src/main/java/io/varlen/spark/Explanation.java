package io.varlen.spark;

import io.varlen.InvalidInputException;
import io.varlen.spark.engine.Compute;
import io.varlen.spark.engine.ExecutorReport;
import io.varlen.spark.engine.ExecutorSurvey;
import io.varlen.spark.engine.ModelReference;
import io.varlen.spark.engine.TokenBudget;
import io.varlen.spark.frame.FrameFunction;
import io.varlen.spark.frame.NestedQuery;
import io.varlen.spark.function.SqlFunction;
import io.varlen.tokenizer.TokenizerSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.StringType;

/**
 * What a query does with functions of ours, and with what its executors will compute them.
 *
 * @param calls one for each function in the plan
 * @param executors those that answered
 */
record Explanation(List<Call> calls, List<ExecutorSurvey.Answer> executors) {
    /**
     * One function in a plan.
     *
     * @param name as in SQL, or whose it is of the typed API
     * @param evaluated how Spark calls it
     * @param facts lines about its constants
     * @param models that it computes
     * @param compute with what; null if it computes no model
     */
    record Call(String name, String evaluated, List<String> facts, List<ModelReference> models, Compute compute) {}

    /**
     * Plans the query, without running it, and asks the executors.
     *
     * @throws InvalidInputException if its plan is not in this process
     */
    static Explanation of(Dataset<?> rows) {
        List<Call> calls = calls(rows);
        Compute compute = calls.stream()
                .map(Call::compute)
                .filter(c -> c != null)
                .findFirst()
                .orElse(Compute.DEFAULT);
        ModelReference model = calls.stream()
                .flatMap(call -> call.models().stream())
                .findFirst()
                .orElse(null);
        SparkSession session = rows.sparkSession();
        JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        return new Explanation(calls, calls.isEmpty() ? List.of() : ExecutorSurvey.of(spark, compute, model));
    }

    private static List<Call> calls(Dataset<?> rows) {
        Object execution = execution(rows);
        String physical = String.valueOf(part(execution, "executedPlan"));
        List<Call> calls = new ArrayList<>();
        for (Object object : PlanSearch.outermost(part(execution, "analyzed"))) {
            List<SqlFunction> functions = PlanSearch.within(object, SqlFunction.class);
            if (object instanceof NestedQuery nested) {
                calls.addAll(calls(nested.query()));
            } else if (!functions.isEmpty()) {
                SqlFunction function = functions.get(0);
                calls.add(call(function.name(), evaluated(function, physical), function));
            } else {
                PlanSearch.within(object, FrameFunction.class)
                        .forEach(of ->
                                calls.add(call("Varlen." + of.operation(), "in batches of a partition's rows", of)));
            }
        }
        return calls;
    }

    private static Object execution(Dataset<?> rows) {
        try {
            return rows.getClass().getMethod("queryExecution").invoke(rows);
        } catch (ReflectiveOperationException e) {
            throw new InvalidInputException(
                    "a DataFrame of Spark Connect has its plan on the server; explain it there", e);
        }
    }

    private static Object part(Object execution, String name) {
        try {
            return execution.getClass().getMethod(name).invoke(execution);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the query cannot be planned: " + e.getCause(), e);
        }
    }

    private static Call call(String name, String evaluated, Object function) {
        Set<String> facts = new LinkedHashSet<>();
        List<ModelReference> models = PlanSearch.within(function, ModelReference.class);
        models.forEach(model -> facts.add("model " + Redaction.text(model.name()) + sha256(model.sha256())));
        PlanSearch.within(function, TokenizerSource.class)
                .forEach(source -> facts.add("tokenizer " + Redaction.text(source.name()) + sha256(source.sha256())));
        List<Compute> computes = PlanSearch.within(function, Compute.class);
        computes.forEach(compute -> facts.add("backend "
                + (compute.backend() == null ? "as configured" : compute.backend()) + ", "
                + compute.dtype().optionName()));
        PlanSearch.within(function, TokenBudget.class)
                .forEach(budget -> facts.add("batches of "
                        + (budget.asked() == null ? "as many tokens as below" : budget.asked() + " tokens")));
        return new Call(name, evaluated, List.copyOf(facts), models, computes.isEmpty() ? null : computes.get(0));
    }

    private static String sha256(String hex) {
        return hex == null ? "" : ", SHA-256 " + hex;
    }

    private static String evaluated(SqlFunction function, String physical) {
        Pattern onGpu = Pattern.compile("Gpu\\w+[^\\n]*\\b" + function.name() + "\\b");
        if (onGpu.matcher(physical).find()) {
            return "column by column, by RAPIDS";
        }
        boolean manyTexts = function.inputTypes().length > 0
                && function.inputTypes()[0] instanceof ArrayType array
                && array.elementType() instanceof StringType;
        return manyTexts ? "row by row, the texts of an array together" : "row by row";
    }

    @Override
    public String toString() {
        if (calls.isEmpty()) {
            return "no function of varlen is in this query\n";
        }
        StringBuilder text = new StringBuilder();
        for (Call call : calls) {
            text.append(call.name()).append(": ").append(call.evaluated()).append('\n');
            call.facts().forEach(fact -> text.append("  ").append(fact).append('\n'));
        }
        executors.forEach(executor -> append(text, executor));
        return text.toString();
    }

    private static void append(StringBuilder text, ExecutorSurvey.Answer executor) {
        ExecutorReport report = executor.report();
        if (report == null) {
            text.append("executor ")
                    .append(executor.id())
                    .append(": ")
                    .append(executor.failure())
                    .append('\n');
            return;
        }
        text.append(report).append('\n');
        if (executor.model() != null) {
            text.append("  model    ")
                    .append(executor.model().memory().model().weightBytes() >> 20)
                    .append(" MiB of weights, batches of ")
                    .append(executor.model().budgets())
                    .append("; ")
                    .append(executor.model().memory())
                    .append('\n');
        } else if (executor.failure() != null) {
            text.append("  model    ").append(executor.failure()).append('\n');
        }
    }
}
