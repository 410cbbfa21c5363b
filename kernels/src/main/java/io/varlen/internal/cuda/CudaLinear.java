package io.varlen.internal.cuda;

import io.varlen.attention.Activation;
import io.varlen.attention.Linear;

/** Weights of a linear layer in device memory: {@code [N, K]} row-major in the backend's dtype, and an fp32 bias or none. */
final class CudaLinear implements Linear {
    private final CudaTensor weight;
    private final CudaTensor bias;
    private final CudaTensor roundedBias;
    private final Activation activation;

    /**
     * All tensors are closed with this.
     *
     * @param bias {@code [1, N]}, or null for none
     * @param roundedBias the same in the weights' type, or null where nobody asks for it
     */
    CudaLinear(CudaTensor weight, CudaTensor bias, CudaTensor roundedBias, Activation activation) {
        this.weight = weight;
        this.bias = bias;
        this.roundedBias = roundedBias;
        this.activation = activation;
    }

    static CudaLinear of(Linear layer) {
        if (layer instanceof CudaLinear cuda) {
            return cuda;
        }
        throw new IllegalArgumentException("a linear layer of another backend: " + layer.getClass());
    }

    /** {@code [N, K]}. */
    Matrix weight() {
        return weight.matrix();
    }

    /** Of {@code float[N]}, or 0 for none. */
    long bias() {
        return bias == null ? 0 : bias.address();
    }

    /** Of N numbers in the weights' type, or 0 for none. */
    long roundedBias() {
        return roundedBias == null ? 0 : roundedBias.address();
    }

    Activation activation() {
        return activation;
    }

    @Override
    public int inputs() {
        return weight.columns();
    }

    @Override
    public int outputs() {
        return weight.rows();
    }

    @Override
    public void close() {
        weight.close();
        if (bias != null) {
            bias.close();
        }
        if (roundedBias != null) {
            roundedBias.close();
        }
    }
}
