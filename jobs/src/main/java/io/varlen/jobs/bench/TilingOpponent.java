package io.varlen.jobs.bench;

import io.varlen.attention.Backend;
import io.varlen.attention.DeviceComparison;
import io.varlen.attention.OutOfDeviceMemoryException;
import io.varlen.mask.MaskPlan;
import java.util.Locale;
import java.util.Optional;

/** Standard attention over one problem, and the memory that calls take, both where the backend computes. */
interface TilingOpponent extends AutoCloseable {
    /** In Java for a backend on the host, else on its device. */
    static TilingOpponent of(Backend backend, AttentionProblem problem, int threads) {
        return backend.comparison()
                .<TilingOpponent>map(comparison -> new OnDevice(backend, comparison, problem))
                .orElseGet(() -> new OnHost(problem, threads));
    }

    /** What it is, in words that follow "standard attention keeps the scores of all sequences and heads". */
    static String inWords(Backend backend) {
        return backend.comparison().isPresent()
                ? "in fp32 in device memory, by one plain kernel each for scores, softmax and values, without tensor cores"
                : "in vectorised plain Java on as many threads";
    }

    /** Why it is not tried; empty if it can be. Runs it once if that is how to find out. */
    Optional<String> tooLarge();

    /** The result of one call. */
    float[] output();

    /** Bytes that one call takes beside its inputs and its output; asked before it is timed. */
    long bytes();

    /** Seconds of so many calls, one after the other. */
    double seconds(int calls);

    @Override
    void close();

    /** {@link StandardAttention}. */
    final class OnHost implements TilingOpponent {
        private final AttentionProblem problem;
        private final StandardAttention standard;
        private final float[] o;

        OnHost(AttentionProblem problem, int threads) {
            this.problem = problem;
            this.standard = new StandardAttention(
                    problem.batch(), problem.length(), problem.heads(), problem.headDim(), threads);
            this.o = new float[problem.q().length];
        }

        @Override
        public Optional<String> tooLarge() {
            return TilingExperiment.tooLarge(
                    StandardAttention.scoreBytes(problem.batch(), problem.length(), problem.heads()));
        }

        private void run() {
            standard.run(problem.q(), problem.k(), problem.v(), o);
        }

        @Override
        public float[] output() {
            run();
            return o;
        }

        /** Its scores stay from the first call on. */
        @Override
        public long bytes() {
            return AllocationMeter.bytes(this::run);
        }

        @Override
        public double seconds(int calls) {
            long began = System.nanoTime();
            for (int call = 0; call < calls; call++) {
                run();
            }
            return (System.nanoTime() - began) / 1e9;
        }

        @Override
        public void close() {
            standard.close();
        }
    }

    /** {@link DeviceComparison#standardAttention}. */
    final class OnDevice implements TilingOpponent {
        private final Backend backend;
        private final DeviceComparison comparison;
        private final AttentionProblem problem;
        private final AttentionProblem.Tensors tensors;
        private final MaskPlan mask;

        OnDevice(Backend backend, DeviceComparison comparison, AttentionProblem problem) {
            this.backend = backend;
            this.comparison = comparison;
            this.problem = problem;
            this.tensors = problem.tensors(backend);
            this.mask = tensors.mask();
        }

        private void run() {
            comparison.standardAttention(tensors.call(mask));
        }

        @Override
        public Optional<String> tooLarge() {
            try {
                run();
                backend.finish();
                return Optional.empty();
            } catch (OutOfDeviceMemoryException e) {
                long bytes = DeviceComparison.scoreBytes(problem.batch(), problem.length(), problem.heads());
                return Optional.of(String.format(Locale.ROOT, "%.1f GB of scores; %s", bytes / 1e9, e.getMessage()));
            }
        }

        @Override
        public float[] output() {
            run();
            return tensors.output();
        }

        @Override
        public long bytes() {
            return comparison.peakBytes(this::run);
        }

        @Override
        public double seconds(int calls) {
            backend.finish();
            long began = System.nanoTime();
            for (int call = 0; call < calls; call++) {
                run();
            }
            backend.finish();
            return (System.nanoTime() - began) / 1e9;
        }

        @Override
        public void close() {
            tensors.close();
        }
    }
}
