package io.varlen.model;

import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
import io.varlen.sequence.CuSeqlens;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tokens per second of the built-in model, with one and with several callers, and where the time goes. Not a test; run its main with the test
 * class path: {@code EncoderBenchmark [callers] [tokens per sequence] [sequences per batch] [dtype]}.
 */
final class EncoderBenchmark {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final AtomicLong cpuNanos = new AtomicLong();

    private EncoderBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        int callers = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1;
        int length = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 256;
        int count = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 16;
        Dtype dtype = arguments.length > 3 ? Dtype.valueOf(arguments[3]) : Dtype.FP32;
        Map<String, Double> shares = new ConcurrentSkipListMap<>();
        try (Backend backend = timed(Backends.open(Backends.AUTO, 1, dtype), shares);
                Encoder encoder = Models.encoder(ModelFiles.builtin(null), backend)) {
            System.out.println(backend.description());
            ExecutorService pool = Executors.newFixedThreadPool(callers);
            for (int round = 0; round < 4; round++) {
                long start = System.nanoTime();
                Callable<Integer> caller = () -> embedFor(encoder, batch(length, count), 4_000_000_000L);
                int tokens = 0;
                for (var done : pool.invokeAll(Collections.nCopies(callers, caller))) {
                    tokens += done.get();
                }
                System.out.printf(
                        "%d callers, %d x %d tokens: %.0f tokens/s, %.0f per second of CPU time%n",
                        callers,
                        count,
                        length,
                        tokens / ((System.nanoTime() - start) / 1e9),
                        tokens / (cpuNanos.getAndSet(0) / 1e9));
            }
            pool.shutdown();
            double all =
                    shares.values().stream().mapToDouble(Double::doubleValue).sum();
            shares.forEach((operation, nanos) -> System.out.printf("%12s %4.1f %%%n", operation, 100 * nanos / all));
        }
    }

    /** A backend that adds up each operation's CPU time. */
    private static Backend timed(Backend backend, Map<String, Double> nanos) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    long start = THREADS.getCurrentThreadCpuTime();
                    Object result = method.invoke(backend, arguments);
                    double spent = THREADS.getCurrentThreadCpuTime() - start;
                    if (method.getReturnType() == void.class) {
                        nanos.merge(method.getName(), spent, Double::sum);
                    }
                    return result;
                });
    }

    private static int embedFor(Encoder encoder, PackedBatch batch, long nanos) {
        int tokens = 0;
        for (long start = System.nanoTime(); System.nanoTime() - start < nanos; ) {
            long cpu = THREADS.getCurrentThreadCpuTime();
            encoder.embed(batch);
            cpuNanos.addAndGet(THREADS.getCurrentThreadCpuTime() - cpu);
            tokens += batch.inputIds().length;
        }
        return tokens;
    }

    private static PackedBatch batch(int length, int count) {
        int[] lengths = new int[count];
        Arrays.fill(lengths, length);
        int[] ids = new Random(7).ints((long) length * count, 1000, 30000).toArray();
        return new PackedBatch(ids, CuSeqlens.ofLengths(lengths));
    }
}
