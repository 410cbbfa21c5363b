package io.varlen.attention;

import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * GFLOP/s of attention alone, in fp32, by exact FLOPs ({@code 4 · visited pairs · head size} per head). Not a test; run its
 * main with the test class path and {@code --add-modules=jdk.incubator.vector}: {@code AttentionBenchmark [threads] [seconds
 * per case] [start of the cases to run]}. Each line is a case of its peer {@code .ci/attention-peers/sdpa.py}, so that a script can read both.
 */
public final class AttentionBenchmark {
    private static final int HEADS = 8;
    private static final int TOKENS = 4096;
    private static final int[] DIMS = {32, 64, 128};
    private static final int[] LENGTHS = {64, 128, 256, 512, 1024, 2048, 4096};

    private final Backend backend;
    private final double seconds;

    private final String only;

    private AttentionBenchmark(Backend backend, double seconds, String only) {
        this.backend = backend;
        this.seconds = seconds;
        this.only = only;
    }

    public static void main(String[] arguments) {
        int threads = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1;
        double seconds = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 0.4;
        String only = arguments.length > 2 ? arguments[2] : "";
        try (Backend backend = Backends.open("cpu", threads)) {
            System.err.println(backend.description());
            AttentionBenchmark benchmark = new AttentionBenchmark(backend, seconds, only);
            for (int dim : DIMS) {
                for (boolean causal : new boolean[] {false, true}) {
                    for (int length : LENGTHS) {
                        int[] lengths = new int[TOKENS / length];
                        Arrays.fill(lengths, length);
                        benchmark.run(Integer.toString(length), CuSeqlens.ofLengths(lengths), causal, dim);
                    }
                    benchmark.run("ragged", CuSeqlens.ofLengths(ragged(new Random(57))), causal, dim);
                }
            }
        }
    }

    /** Log-normal lengths with a median of 57 and a cap of 256. */
    private static int[] ragged(Random dice) {
        return dice.doubles(TOKENS / 64)
                .mapToInt(ignored -> (int) Math.max(1, Math.min(256, 57 * Math.exp(0.7 * dice.nextGaussian()))))
                .toArray();
    }

    private void run(String length, CuSeqlens sequences, boolean causal, int dim) {
        String name = (causal ? "causal " : "full ") + dim + " " + length;
        if (!name.startsWith(only)) {
            return;
        }
        MaskPlan mask = MaskPlan.of(causal ? Mask.causal() : Mask.full(), sequences);
        int columns = 3 * HEADS * dim;
        Random dice = new Random(1);
        float[] elements = new float[sequences.total() * columns];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = (float) dice.nextGaussian();
        }
        Tensor qkv = backend.tensor(elements, sequences.total(), columns);
        Tensor output = backend.tensor(sequences.total(), HEADS * dim);
        Attention call = new Attention(
                new Heads(qkv, 0, HEADS, dim),
                new Heads(qkv, HEADS * dim, HEADS, dim),
                new Heads(qkv, 2 * HEADS * dim, HEADS, dim),
                mask,
                Heads.of(output, HEADS));
        double flops = 4.0 * mask.visitedPairs() * dim * HEADS;
        System.out.printf(Locale.ROOT, "%s %.1f%n", name, flops / bestNanos(call));
    }

    /** Of the calls within the time, behind as many for the compiler. */
    private double bestNanos(Attention call) {
        double best = Double.POSITIVE_INFINITY;
        long begin = System.nanoTime();
        for (long start = begin; start - begin < seconds * 1e9; ) {
            backend.attention(call);
            long end = System.nanoTime();
            best = Math.min(best, end - start);
            start = end;
        }
        return best;
    }
}
