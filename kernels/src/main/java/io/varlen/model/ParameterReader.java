package io.varlen.model;

import io.varlen.InvalidInputException;
import io.varlen.attention.Activation;
import io.varlen.attention.Backend;
import io.varlen.attention.Linear;
import io.varlen.attention.Norm;
import io.varlen.attention.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * Reads a model's parameters by their names in Hugging Face's transformers, lays them out for a backend, and owns what it made.
 * Wrong or missing tensors are an {@link InvalidInputException}.
 */
final class ParameterReader implements AutoCloseable {
    private final Weights source;
    private final Backend backend;
    private final String prefix;
    private final Deque<Runnable> closing = new ArrayDeque<>();

    /** One of the linear layers that are computed as one: the outputs of one stand beside those of the other. */
    record Part(String name, int outputs) {}

    /**
     * @param prefixes what may stand before each name: models with a head on top keep the base model under a name of its own
     * @param probe a name that tells which of them it is
     */
    ParameterReader(Weights source, List<String> prefixes, String probe, Backend backend) {
        this.source = source;
        this.backend = backend;
        this.prefix = prefixes.stream()
                .filter(candidate -> source.contains(candidate + probe))
                .findFirst()
                .orElse("");
    }

    /** {@code [rows, columns]}. */
    Tensor table(String name, int rows, int columns) {
        return tensor(read(name, rows, columns), rows);
    }

    Tensor tensor(float[] elements, int rows) {
        Tensor tensor = backend.tensor(elements, rows, elements.length / rows);
        closing.push(tensor::close);
        return tensor;
    }

    Norm layerNorm(String name, int columns, boolean bias, float epsilon) {
        Tensor gamma = tensor(read(name + ".weight", columns), 1);
        return Norm.layer(gamma, bias ? tensor(read(name + ".bias", columns), 1) : null, epsilon);
    }

    Norm rmsNorm(String name, int columns, float epsilon) {
        return Norm.rms(tensor(read(name + ".weight", columns), 1), epsilon);
    }

    Linear linear(String name, int outputs, int inputs, boolean bias, Activation activation) {
        return linear(List.of(new Part(name, outputs)), inputs, bias, activation);
    }

    /** Several linear layers with the same input as one. */
    Linear linear(List<Part> parts, int inputs, boolean bias, Activation activation) {
        long outputs = parts.stream().mapToLong(Part::outputs).sum();
        if (outputs * inputs > Integer.MAX_VALUE - 8) {
            throw new InvalidInputException(
                    "the linear layer '" + prefix + parts.get(0).name() + "' from " + inputs + " to " + outputs
                            + " columns has more than 2^31 weights; that is more than one layer may have");
        }
        return layer(
                joined(parts, ".weight", inputs), (int) outputs, bias ? joined(parts, ".bias", 0) : null, activation);
    }

    /**
     * One half of the outputs of a linear layer, as a layer.
     *
     * @param half 0 for the first {@code outputs} of the {@code 2 · outputs} that the files have, 1 for the others
     */
    Linear half(String name, int half, int outputs, int inputs, boolean bias, Activation activation) {
        float[] weight = read(name + ".weight", 2 * outputs, inputs);
        int from = half * outputs;
        return layer(
                Arrays.copyOfRange(weight, from * inputs, (from + outputs) * inputs),
                outputs,
                bias ? Arrays.copyOfRange(read(name + ".bias", 2 * outputs), from, from + outputs) : null,
                activation);
    }

    private Linear layer(float[] weight, int outputs, float[] bias, Activation activation) {
        Linear layer = backend.linear(weight, outputs, bias, activation);
        closing.push(layer::close);
        return layer;
    }

    /** @param inputs 0 for a vector */
    private float[] joined(List<Part> parts, String suffix, int inputs) {
        List<float[]> arrays = new ArrayList<>();
        for (Part part : parts) {
            String name = part.name() + suffix;
            arrays.add(inputs == 0 ? read(name, part.outputs()) : read(name, part.outputs(), inputs));
        }
        if (arrays.size() == 1) {
            return arrays.get(0);
        }
        float[] joined =
                new float[arrays.stream().mapToInt(array -> array.length).sum()];
        int at = 0;
        for (float[] array : arrays) {
            System.arraycopy(array, 0, joined, at, array.length);
            at += array.length;
        }
        return joined;
    }

    float[] read(String name, int... shape) {
        return source.read(prefix + name, shape);
    }

    @Override
    public void close() {
        while (!closing.isEmpty()) {
            closing.pop().run();
        }
    }
}
