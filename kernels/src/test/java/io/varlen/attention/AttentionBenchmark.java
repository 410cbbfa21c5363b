package io.varlen.attention;

import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * GFLOP/s of attention alone: {@code 4 · visited pairs · head size} FLOPs per head and call, by the fastest call. Not a test;
 * run its main with the test class path and {@code --add-modules=jdk.incubator.vector}: {@code AttentionBenchmark [threads]
 * [seconds per case]}.
 *
 * <p>Standard input has one case per line, such as {@code causal 64 8 512,512,300}: the mask, the head size, the heads and the
 * lengths of the sequences. The answer is one number per line, so {@code .ci/attention-peers/peers.py} can take turns.
 */
public final class AttentionBenchmark {
    private final Backend backend;
    private final double seconds;

    private AttentionBenchmark(Backend backend, double seconds) {
        this.backend = backend;
        this.seconds = seconds;
    }

    public static void main(String[] arguments) throws IOException {
        int threads = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1;
        double seconds = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 0.4;
        BufferedReader cases = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Backend backend = Backends.open("cpu", threads)) {
            System.err.println(backend.description());
            AttentionBenchmark benchmark = new AttentionBenchmark(backend, seconds);
            for (String line = cases.readLine(); line != null; line = cases.readLine()) {
                String[] words = line.split(" ");
                int[] lengths = Arrays.stream(words[3].split(","))
                        .mapToInt(Integer::parseInt)
                        .toArray();
                Mask mask = words[0].equals("causal") ? Mask.causal() : Mask.full();
                System.out.printf(
                        Locale.ROOT,
                        "%.1f%n",
                        benchmark.gigaflops(
                                MaskPlan.of(mask, CuSeqlens.ofLengths(lengths)),
                                Integer.parseInt(words[1]),
                                Integer.parseInt(words[2])));
            }
        }
    }

    /** With queries, keys and values in one fused projection, as in a model. */
    private double gigaflops(MaskPlan mask, int dim, int heads) {
        int tokens = mask.queries().total();
        int columns = 3 * heads * dim;
        Random dice = new Random(1);
        float[] elements = new float[tokens * columns];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = (float) dice.nextGaussian();
        }
        Tensor qkv = backend.tensor(elements, tokens, columns);
        Attention call = new Attention(
                new Heads(qkv, 0, heads, dim),
                new Heads(qkv, heads * dim, heads, dim),
                new Heads(qkv, 2 * heads * dim, heads, dim),
                mask,
                Heads.of(backend.tensor(tokens, heads * dim), heads));
        return 4.0 * mask.visitedPairs() * dim * heads / bestNanos(call);
    }

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
