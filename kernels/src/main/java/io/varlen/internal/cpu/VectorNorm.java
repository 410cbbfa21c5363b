package io.varlen.internal.cpu;

import static io.varlen.internal.cpu.VectorKernels.SPECIES;

import io.varlen.attention.Norm;
import io.varlen.attention.Tensor;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Normalisation with the Vector API; the elements behind the last whole vector one by one. */
final class VectorNorm implements NormKernel {
    private final boolean centred;
    private final float[] gamma;
    private final float[] beta;
    private final float epsilon;
    private final int columns;
    private final int whole;

    VectorNorm(Norm norm) {
        centred = norm.kind() == Norm.Kind.LAYER;
        gamma = elementsOr(1, norm.gamma(), norm.columns());
        beta = elementsOr(0, norm.beta(), norm.columns());
        epsilon = norm.epsilon();
        columns = norm.columns();
        whole = SPECIES.loopBound(columns);
    }

    private static float[] elementsOr(float otherwise, Tensor tensor, int columns) {
        if (tensor != null) {
            return CpuTensor.of(tensor).data();
        }
        float[] elements = new float[columns];
        Arrays.fill(elements, otherwise);
        return elements;
    }

    @Override
    public void norm(float[] x, int from, float[] y, int to) {
        float mean = centred ? sum(x, from) / columns : 0;
        float variance = centre(x, from, mean, y, to) / columns;
        scale(y, to, (float) (1 / Math.sqrt(variance + epsilon)));
    }

    private float sum(float[] x, int from) {
        FloatVector sums = FloatVector.zero(SPECIES);
        for (int c = 0; c < whole; c += SPECIES.length()) {
            sums = sums.add(FloatVector.fromArray(SPECIES, x, from + c));
        }
        float sum = sums.reduceLanes(VectorOperators.ADD);
        for (int c = whole; c < columns; c++) {
            sum += x[from + c];
        }
        return sum;
    }

    /** {@code y = x - mean}; returns the sum of its squares. */
    private float centre(float[] x, int from, float mean, float[] y, int to) {
        FloatVector squares = FloatVector.zero(SPECIES);
        for (int c = 0; c < whole; c += SPECIES.length()) {
            FloatVector centredElements =
                    FloatVector.fromArray(SPECIES, x, from + c).sub(mean);
            squares = centredElements.fma(centredElements, squares);
            centredElements.intoArray(y, to + c);
        }
        float sum = squares.reduceLanes(VectorOperators.ADD);
        for (int c = whole; c < columns; c++) {
            float element = x[from + c] - mean;
            sum += element * element;
            y[to + c] = element;
        }
        return sum;
    }

    private void scale(float[] y, int to, float scale) {
        for (int c = 0; c < whole; c += SPECIES.length()) {
            FloatVector.fromArray(SPECIES, y, to + c)
                    .mul(scale)
                    .fma(FloatVector.fromArray(SPECIES, gamma, c), FloatVector.fromArray(SPECIES, beta, c))
                    .intoArray(y, to + c);
        }
        for (int c = whole; c < columns; c++) {
            y[to + c] = Math.fma(y[to + c] * scale, gamma[c], beta[c]);
        }
    }
}
