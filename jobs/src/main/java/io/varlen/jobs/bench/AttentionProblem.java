package io.varlen.jobs.bench;

import io.varlen.attention.Attention;
import io.varlen.attention.Backend;
import io.varlen.attention.Heads;
import io.varlen.attention.Tensor;
import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Queries, keys and values for full attention over sequences of one length.
 *
 * @param batch sequences
 * @param length tokens of each
 * @param q {@code [batch · length, heads · headDim]}, as are {@code k} and {@code v}
 */
record AttentionProblem(int batch, int length, int heads, int headDim, float[] q, float[] k, float[] v) {
    static AttentionProblem random(int batch, int length, int heads, int headDim, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int elements = Math.multiplyExact(batch * length, heads * headDim);
        return new AttentionProblem(
                batch,
                length,
                heads,
                headDim,
                elements(random, elements),
                elements(random, elements),
                elements(random, elements));
    }

    /** Of variance 1. */
    private static float[] elements(SplittableRandom random, int count) {
        float[] elements = new float[count];
        for (int i = 0; i < count; i++) {
            elements[i] = (float) (Math.sqrt(3) * (2 * random.nextDouble() - 1));
        }
        return elements;
    }

    /** What a backend makes of it. */
    float[] tiled(Backend backend) {
        try (Tensors tensors = tensors(backend)) {
            tensors.attend(tensors.mask());
            return tensors.output.toArray();
        }
    }

    Tensors tensors(Backend backend) {
        return new Tensors(backend);
    }

    /** Its arrays as a backend's tensors. */
    final class Tensors implements AutoCloseable {
        private final Backend backend;
        private final Tensor queries;
        private final Tensor keys;
        private final Tensor values;
        private final Tensor output;

        private Tensors(Backend backend) {
            this.backend = backend;
            this.queries = tensor(q);
            this.keys = tensor(k);
            this.values = tensor(v);
            this.output = tensor(new float[q.length]);
        }

        /** In what flows between layers on that backend. */
        private Tensor tensor(float[] elements) {
            int tokens = batch * length;
            Tensor tensor = backend.activations(tokens, heads * headDim);
            try (Tensor wide = backend.tensor(elements.clone(), tokens, heads * headDim)) {
                backend.gather(wide, IntStream.range(0, tokens).toArray(), tensor);
            }
            return tensor;
        }

        MaskPlan mask() {
            int[] lengths = new int[batch];
            Arrays.fill(lengths, length);
            return MaskPlan.of(Mask.full(), CuSeqlens.ofLengths(lengths));
        }

        void attend(MaskPlan mask) {
            backend.attention(call(mask));
        }

        Attention call(MaskPlan mask) {
            return new Attention(heads(queries), heads(keys), heads(values), mask, heads(output));
        }

        float[] output() {
            return output.toArray();
        }

        private Heads heads(Tensor tensor) {
            return Heads.of(tensor, heads);
        }

        @Override
        public void close() {
            queries.close();
            keys.close();
            values.close();
            output.close();
        }
    }
}
