package io.varlen.model;

import io.varlen.attention.Backend;
import io.varlen.attention.Dtype;
import io.varlen.attention.Tensor;

/**
 * How much memory a model takes where it is computed. Biases, norms and what an operation needs while it runs are left out: a
 * thousandth of the weights, and on a GPU up to 256 MB for the inside of a feed-forward part.
 *
 * @param weightBytes of embeddings and linear layers, once per backend
 * @param bytesPerToken of a batch, while it is computed
 */
public record MemoryPlan(long weightBytes, long bytesPerToken) {
    /** Of the model's layers, and of the head that predicts tokens where they are to be scored. */
    public static MemoryPlan of(ModelFiles files, Backend backend, boolean withHead) {
        ModelConfig config = files.config();
        Footprint needs = config.footprint();
        long head = withHead ? (long) config.vocabularySize() * config.hiddenSize() : 0;
        int inDtype = backend.dtype() == Dtype.FP32 ? Float.BYTES : Short.BYTES;
        return new MemoryPlan(
                (needs.linear() + head) * inDtype + needs.tables() * Float.BYTES,
                needs.activations() * activationBytes(backend) + needs.residual() * Float.BYTES);
    }

    private static long activationBytes(Backend backend) {
        int elements = 1024;
        try (Tensor one = backend.activations(1, elements)) {
            return one.bytes() / elements;
        }
    }

    /** Of one batch of so many tokens, without the weights. */
    public long batchBytes(long tokens) {
        return tokens * bytesPerToken;
    }
}
