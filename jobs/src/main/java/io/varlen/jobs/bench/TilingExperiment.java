package io.varlen.jobs.bench;

import io.varlen.attention.Backend;
import io.varlen.attention.Dtype;
import io.varlen.mask.MaskPlan;
import io.varlen.spark.job.JobProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Full attention with all scores materialised beside attention in tiles, which keeps one tile of them: the same queries, keys
 * and values, sequences of one length, several layers' calls one after the other.
 */
final class TilingExperiment {
    /** How far outputs may differ between the two ways in fp32, relative to the largest value. */
    static final double TOLERANCE = 1e-4;

    /** Of the memory that is free: the garbage collector needs some to work with. */
    private static final double USABLE_SHARE = 0.75;

    private static final int MEMORY_CALLS = 3;

    /**
     * @param lengths tokens per sequence
     * @param heads of queries, keys and values
     * @param headDim elements per head
     * @param layers calls per measurement
     * @param mostSequences in a batch
     * @param tokens that a batch holds, if that many sequences are enough
     */
    record Setting(List<Integer> lengths, int heads, int headDim, int layers, int mostSequences, int tokens) {
        /** 32 heads, model size 512, 6 layers, batches of 32 sequences down to one. */
        static Setting ofRecord() {
            return new Setting(List.of(128, 256, 512, 1024, 2048, 4096, 8192), 32, 16, 6, 32, 8192);
        }

        int batch(int length) {
            return Math.max(1, Math.min(mostSequences, tokens / length));
        }
    }

    /**
     * What one way took.
     *
     * @param seconds the median over all rounds, for all layers
     * @param bytes that one layer's call takes beside its inputs and its output
     * @param reason why there are no figures, or null
     */
    record Cost(double seconds, long bytes, String reason) {}

    /** Both ways at one length. */
    record Result(int length, int batch, Cost standard, Cost tiled) {
        int tokens() {
            return length * batch;
        }
    }

    private final Setting setting;
    private final Supplier<Backend> backends;
    private final int threads;
    private final int rounds;
    private final long seed;
    private final JobProgress progress;

    /**
     * @param backends opens one more of the backend that is measured
     * @param threads that the backend uses, and standard attention too
     */
    TilingExperiment(
            Setting setting, Supplier<Backend> backends, int threads, int rounds, long seed, JobProgress progress) {
        this.setting = setting;
        this.backends = backends;
        this.threads = threads;
        this.rounds = rounds;
        this.seed = seed;
        this.progress = progress;
    }

    List<Result> run() {
        progress.stage("tiling", setting.lengths().size(), "lengths");
        measure(setting.lengths().get(0)); // until the JVM has compiled it
        List<Result> results = new ArrayList<>();
        for (int length : setting.lengths()) {
            results.add(measure(length));
            progress.advance(results.size());
        }
        return results;
    }

    private Result measure(int length) {
        int batch = setting.batch(length);
        AttentionProblem problem = AttentionProblem.random(batch, length, setting.heads(), setting.headDim(), seed);
        try (Backend backend = backends.get();
                TilingOpponent standard = TilingOpponent.of(backend, problem, threads)) {
            Optional<String> reason = standard.tooLarge();
            reason.ifPresent(why -> progress.note("standard attention over " + length + " tokens is left out: " + why));
            long standardBytes = 0;
            if (reason.isEmpty()) {
                standardBytes = standard.bytes();
                requireEqual(problem, standard.output(), problem.tiled(backend), tolerance(backend));
            }
            List<Double> standardSeconds = new ArrayList<>();
            List<Double> tiledSeconds = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                if (reason.isEmpty()) {
                    standardSeconds.add(standard.seconds(setting.layers()));
                }
                tiledSeconds.add(tiledSeconds(problem, backend));
            }
            Cost standardCost = reason.map(why -> new Cost(0, 0, why)).orElse(null);
            if (standardCost == null) {
                standardCost = new Cost(Median.of(standardSeconds), standardBytes, null);
            }
            Cost tiledCost = new Cost(Median.of(tiledSeconds), tiledBytes(problem, backend), null);
            return new Result(length, batch, standardCost, tiledCost);
        }
    }

    private long tiledBytes(AttentionProblem problem, Backend backend) {
        if (backend.comparison().isEmpty()) {
            return tiledBytesOfHeap(problem);
        }
        try (AttentionProblem.Tensors tensors = problem.tensors(backend)) {
            return backend.comparison().get().peakBytes(() -> tensors.attend(tensors.mask()));
        }
    }

    /**
     * On a new backend, so that the scratch memory that it keeps counts; the least of some calls, since code that the JVM has
     * not compiled yet makes objects of its vectors.
     */
    private long tiledBytesOfHeap(AttentionProblem problem) {
        return LongStream.range(0, MEMORY_CALLS)
                .map(call -> {
                    try (Backend backend = backends.get();
                            AttentionProblem.Tensors tensors = problem.tensors(backend)) {
                        return AllocationMeter.bytes(() -> tensors.attend(tensors.mask()));
                    }
                })
                .min()
                .orElseThrow();
    }

    private double tiledSeconds(AttentionProblem problem, Backend backend) {
        try (AttentionProblem.Tensors tensors = problem.tensors(backend)) {
            long began = System.nanoTime();
            MaskPlan mask = tensors.mask(); // one for all layers
            for (int layer = 0; layer < setting.layers(); layer++) {
                tensors.attend(mask);
            }
            backend.finish();
            return (System.nanoTime() - began) / 1e9;
        }
    }

    /** Where results are stored in 16 bits, twice what that may change. */
    private static double tolerance(Backend backend) {
        return switch (backend.comparison().isPresent() ? backend.dtype() : Dtype.FP32) {
            case BF16 -> 0x1p-6;
            case FP16 -> 0x1p-9;
            case FP32, AUTO -> TOLERANCE;
        };
    }

    private static void requireEqual(AttentionProblem problem, float[] standard, float[] tiled, double tolerance) {
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < standard.length; i++) {
            largest = Math.max(largest, Math.abs(problem.v()[i]));
            double apart = Math.abs(standard[i] - (double) tiled[i]);
            difference = Math.max(difference, apart); // NaN, once there, stays
        }
        if (!(difference <= tolerance * largest)) {
            throw new IllegalStateException("standard and tiled attention over " + problem.length()
                    + " tokens differ by " + difference + ", with values of up to " + largest);
        }
    }

    /** Why that many bytes of scores are not tried. */
    static Optional<String> tooLarge(long bytes) {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        long unused = runtime.freeMemory();
        long ofHeap = runtime.maxMemory() - runtime.totalMemory() + unused;
        long ofMachine = availableOnMachine() + unused;
        long free = Math.min(ofHeap, ofMachine);
        return bytes <= USABLE_SHARE * free
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "%.1f GB of scores, %.1f GB of %s free",
                        bytes / 1e9,
                        free / 1e9,
                        ofHeap <= ofMachine ? "heap" : "memory"));
    }

    /** What other processes and the heap leave, in bytes. */
    private static long availableOnMachine() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
            return lines.filter(line -> line.startsWith("MemAvailable:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .orElse(Long.MAX_VALUE / 2);
        } catch (IOException e) {
            return Long.MAX_VALUE / 2; // then the heap alone decides
        }
    }
}
