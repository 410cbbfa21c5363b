package io.varlen.jobs.bench;

import io.varlen.attention.Activation;
import io.varlen.attention.Backend;
import io.varlen.attention.FeedForward;
import io.varlen.attention.Heads;
import io.varlen.attention.Linear;
import io.varlen.attention.Norm;
import io.varlen.attention.Rope;
import io.varlen.attention.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A decoder of Llama's kind with random weights, whose attention is the caller's: so that the same arithmetic runs on tokens
 * in any layout.
 */
final class RandomDecoder implements AutoCloseable {
    private static final double ROPE_BASE = 100_000; // SmolLM2's
    private static final float EPSILON = 1e-5f;

    /** Computes one layer's attention. */
    interface AttentionStep {
        /**
         * @param projected queries, keys and values, in this order, side by side; queries and keys are rotated
         * @param attended receives the heads' outputs side by side
         */
        void attend(Tensor projected, Tensor attended);
    }

    private record Layer(
            Norm attentionNorm,
            Linear projection,
            Linear attentionOutput,
            Norm feedForwardNorm,
            FeedForward feedForward) {}

    private final DecoderShape shape;
    private final Backend backend;
    private final SplittableRandom random;
    private final Deque<Runnable> closing = new ArrayDeque<>();
    private final Tensor embeddings;
    private final Rope rope;
    private final Norm finalNorm;
    private final List<Layer> layers = new ArrayList<>();

    /** @param positions the longest sequence */
    RandomDecoder(DecoderShape shape, int positions, long seed, Backend backend) {
        this.shape = shape;
        this.backend = backend;
        this.random = new SplittableRandom(seed);
        this.embeddings = tensor(random(shape.vocabulary(), shape.hidden(), 1), shape.vocabulary());
        this.rope = rope(positions);
        for (int i = 0; i < shape.layers(); i++) {
            layers.add(layer());
        }
        this.finalNorm = norm();
    }

    DecoderShape shape() {
        return shape;
    }

    /** The heads of queries, in the projection. */
    Heads queries(Tensor projected) {
        return new Heads(projected, 0, shape.heads(), shape.headDim());
    }

    Heads keys(Tensor projected) {
        return new Heads(projected, shape.heads() * shape.headDim(), shape.keyHeads(), shape.headDim());
    }

    Heads values(Tensor projected) {
        int before = shape.heads() + shape.keyHeads();
        return new Heads(projected, before * shape.headDim(), shape.keyHeads(), shape.headDim());
    }

    /**
     * The hidden states behind the final norm.
     *
     * @param ids one per row
     * @param positions one per row
     * @param result where the hidden states are kept; what else is needed is given back
     */
    Tensor forward(int[] ids, int[] positions, AttentionStep attention, TensorLedger.Scope result) {
        Tensor h = result.activations(ids.length, shape.hidden());
        try (TensorLedger.Scope scope = result.inner()) {
            Tensor x = scope.tensor(ids.length, shape.hidden());
            Tensor y = scope.activations(ids.length, shape.hidden());
            Tensor projected = scope.activations(ids.length, shape.projected());
            Tensor attended = scope.activations(ids.length, shape.heads() * shape.headDim());
            backend.gather(embeddings, ids, x);
            backend.norm(x, layers.get(0).attentionNorm(), h);
            for (int i = 0; i < layers.size(); i++) {
                Layer layer = layers.get(i);
                backend.linear(h, layer.projection(), projected);
                backend.rotate(queries(projected), rope, positions);
                backend.rotate(keys(projected), rope, positions);
                attention.attend(projected, attended);
                backend.linear(attended, layer.attentionOutput(), y);
                backend.addNorm(x, y, layer.feedForwardNorm(), h);
                backend.feedForward(h, layer.feedForward(), y);
                Norm next = i + 1 < layers.size() ? layers.get(i + 1).attentionNorm() : finalNorm;
                backend.addNorm(x, y, next, h);
            }
        }
        return h;
    }

    private Layer layer() {
        int hidden = shape.hidden();
        return new Layer(
                norm(),
                linear(shape.projected(), hidden, Activation.NONE),
                linear(hidden, shape.heads() * shape.headDim(), Activation.NONE),
                norm(),
                new FeedForward(
                        linear(shape.inner(), hidden, Activation.SILU),
                        linear(shape.inner(), hidden, Activation.NONE),
                        linear(hidden, shape.inner(), Activation.NONE)));
    }

    private Linear linear(int outputs, int inputs, Activation activation) {
        float[] weight = random(outputs, inputs, Math.sqrt(3.0 / inputs)); // so that outputs vary like inputs
        Linear linear = backend.linear(weight, outputs, null, activation);
        closing.push(linear::close);
        return linear;
    }

    private Norm norm() {
        float[] ones = new float[shape.hidden()];
        Arrays.fill(ones, 1);
        return Norm.rms(tensor(ones, 1), EPSILON);
    }

    private Rope rope(int positions) {
        int pairs = shape.headDim() / 2;
        float[] cosines = new float[positions * pairs];
        float[] sines = new float[positions * pairs];
        for (int i = 0; i < cosines.length; i++) {
            double angle = (i / pairs) * Math.pow(ROPE_BASE, -(i % pairs) / (double) pairs);
            cosines[i] = (float) Math.cos(angle);
            sines[i] = (float) Math.sin(angle);
        }
        return new Rope(tensor(cosines, positions), tensor(sines, positions), Rope.Pairing.HALVES);
    }

    private Tensor tensor(float[] elements, int rows) {
        Tensor tensor = backend.tensor(elements, rows, elements.length / rows);
        closing.push(tensor::close);
        return tensor;
    }

    /** Evenly spread in {@code [-bound, bound)}. */
    private float[] random(int rows, int columns, double bound) {
        float[] elements = new float[Math.multiplyExact(rows, columns)];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = (float) (bound * (2 * random.nextDouble() - 1));
        }
        return elements;
    }

    @Override
    public void close() {
        while (!closing.isEmpty()) {
            closing.pop().run();
        }
    }
}
