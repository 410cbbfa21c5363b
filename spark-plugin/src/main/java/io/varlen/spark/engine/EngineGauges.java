package io.varlen.spark.engine;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.varlen.attention.MemoryUse;
import io.varlen.spark.metrics.ExecutorTotals;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;

/**
 * What metric systems can read of an executor: the totals of its tasks, and how its engine stands. Reading opens nothing, and after
 * the engine's end there is nothing to count.
 */
public final class EngineGauges {
    private EngineGauges() {}

    /** @param engine null where none could be opened */
    public static void register(MetricRegistry registry, Engine engine) {
        ExecutorTotals.register(registry);
        if (engine != null) {
            registry.register("models", (Gauge<Integer>) engine::models);
            memory(registry, "memoryUsedBytes", engine, MemoryUse::usedBytes);
            memory(registry, "memoryBudgetBytes", engine, MemoryUse::budgetBytes);
            permits(registry, "computing", engine, ComputePermit::computing);
            permits(registry, "waiting", engine, ComputePermit::waiting);
        }
    }

    /** Of several backends in one place only one is asked. */
    private static void memory(MetricRegistry registry, String name, Engine engine, ToLongFunction<MemoryUse> of) {
        Gauge<Long> gauge = () -> {
            Map<String, Long> byPlace = new HashMap<>();
            engine.backends().forEach(shared -> {
                MemoryUse use = shared.backend().memoryUse();
                byPlace.put(use.where(), of.applyAsLong(use));
            });
            return byPlace.values().stream().mapToLong(Long::longValue).sum();
        };
        registry.register(name, gauge);
    }

    private static void permits(MetricRegistry registry, String name, Engine engine, ToIntFunction<ComputePermit> of) {
        Gauge<Integer> gauge = () -> engine.backends().stream()
                .map(SharedBackend::permit)
                .distinct()
                .mapToInt(of)
                .sum();
        registry.register(name, gauge);
    }
}
