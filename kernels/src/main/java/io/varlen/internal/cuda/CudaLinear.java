package io.varlen.internal.cuda;

import io.varlen.attention.Activation;
import io.varlen.attention.Linear;

/** Weights of a linear layer in device memory: {@code [N, K]} row-major in the backend's dtype, and an fp32 bias or null. */
final class CudaLinear implements Linear {
    private final CudaTensor weight;
    private final CudaTensor bias;
    private final Activation activation;

    /** @param bias {@code [1, N]}, or null for none; both are closed with this */
    CudaLinear(CudaTensor weight, CudaTensor bias, Activation activation) {
        this.weight = weight;
        this.bias = bias;
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
    }
}
