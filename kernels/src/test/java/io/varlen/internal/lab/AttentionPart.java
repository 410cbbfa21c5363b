package io.varlen.internal.lab;

import io.varlen.attention.Attention;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
import io.varlen.attention.Heads;
import io.varlen.attention.Tensor;
import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * Times one call of attention after the other: {@code AttentionPart CASES OUTPUT DTYPE SECONDS [BACKEND]}, with the cases of {@code cases.py}.
 *
 * <p>A case is timed over calls that follow each other without a wait, by the host's clock: the first query to the last result,
 * divided by the number of calls. The operands of a case exceed any cache of a device. What is not reached within the seconds is named.
 */
final class AttentionPart {
    private static final int RANDOM_ROWS = 1024;
    private static final int CALLS = 20;
    private static final int ROUNDS = 5;

    private final Backend backend;
    private final Results results;

    private AttentionPart(Backend backend, Results results) {
        this.backend = backend;
        this.results = results;
    }

    public static void main(String[] arguments) throws IOException {
        Dtype dtype = Dtype.valueOf(arguments[2].toUpperCase(Locale.ROOT));
        long deadline = System.nanoTime() + Long.parseLong(arguments[3]) * 1_000_000_000L;
        String name = arguments.length > 4 ? arguments[4] : "cuda";
        try (Results results = new Results(arguments[1]);
                Backend backend = Backends.open(name, 1, dtype)) {
            results.write("backend", backend.name(), "description", backend.description(), "dtype", dtype.optionName());
            AttentionPart part = new AttentionPart(backend, results);
            for (String line : Files.readAllLines(Path.of(arguments[0]))) {
                String[] fields = line.split("\t");
                if (System.nanoTime() > deadline) {
                    results.write("case", fields[0], "not_run", "out of time");
                } else {
                    part.run(fields);
                }
            }
        }
    }

    private void run(String[] fields) {
        Mask mask = fields[1].equals("causal") ? Mask.causal() : Mask.full();
        int heads = Integer.parseInt(fields[2]);
        int keyHeads = Integer.parseInt(fields[3]);
        int headDim = Integer.parseInt(fields[4]);
        int[] lengths =
                Arrays.stream(fields[5].split(",")).mapToInt(Integer::parseInt).toArray();
        MaskPlan plan = MaskPlan.of(mask, CuSeqlens.ofLengths(lengths));
        int tokens = plan.queries().total();
        try (Tensor q = random(tokens, heads * headDim, 1);
                Tensor k = random(tokens, keyHeads * headDim, 2);
                Tensor v = random(tokens, keyHeads * headDim, 3);
                Tensor o = backend.activations(tokens, heads * headDim)) {
            Attention call = new Attention(
                    Heads.of(q, heads), Heads.of(k, keyHeads), Heads.of(v, keyHeads), plan, Heads.of(o, heads));
            double seconds = seconds(call);
            double bytes = 2.0 * tokens * headDim * (2 * heads + 2 * keyHeads);
            double flops = 4.0 * plan.visiblePairs() * headDim * heads;
            results.write(
                    "case",
                    fields[0],
                    "ms",
                    1e3 * seconds,
                    "tflops",
                    flops / seconds / 1e12,
                    "gb_per_s",
                    bytes / seconds / 1e9,
                    "kernel",
                    backend.explain(call));
        } catch (RuntimeException e) { // one refused case must not hide the others
            results.write("case", fields[0], "refused", Results.reason(e));
        }
    }

    /** Of one call: the smallest mean of some rounds. */
    private double seconds(Attention call) {
        repeat(call, 3);
        double fastest = Double.POSITIVE_INFINITY;
        for (int round = 0; round < ROUNDS; round++) {
            fastest = Math.min(fastest, repeat(call, CALLS) / CALLS);
        }
        return fastest;
    }

    private double repeat(Attention call, int times) {
        backend.finish();
        long began = System.nanoTime();
        for (int i = 0; i < times; i++) {
            backend.attention(call);
        }
        backend.finish();
        return (System.nanoTime() - began) / 1e9;
    }

    /** Rows of normal numbers, in the type of activations. */
    private Tensor random(int rows, int columns, long seed) {
        Random dice = new Random(seed);
        float[] elements = new float[RANDOM_ROWS * columns];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = (float) dice.nextGaussian();
        }
        int[] chosen = new int[rows];
        for (int i = 0; i < rows; i++) {
            chosen[i] = i % RANDOM_ROWS;
        }
        Tensor tensor = backend.activations(rows, columns);
        try (Tensor table = backend.tensor(elements, RANDOM_ROWS, columns)) {
            backend.gather(table, chosen, tensor);
        }
        return tensor;
    }
}
