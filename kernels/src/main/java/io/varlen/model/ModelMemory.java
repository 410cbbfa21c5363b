package io.varlen.model;

import io.varlen.attention.Backend;
import io.varlen.attention.Dtype;
import java.io.Serializable;

/**
 * How much memory a model takes where it is computed. Biases, norms and what an operation needs while it runs are left out: a
 * thousandth of the weights, and on a GPU up to 256 MB for the inside of a feed-forward part.
 *
 * @param weightBytes of embeddings and linear layers, once per backend
 * @param bytesPerToken of a batch, while it is computed
 */
public record ModelMemory(long weightBytes, long bytesPerToken) implements Serializable {
    /** Of the model's layers, and of the head that predicts tokens where they are to be scored. */
    public static ModelMemory of(ModelFiles files, Backend backend, boolean withHead) {
        ModelConfig config = files.config();
        Footprint needs = config.footprint();
        long head = withHead ? (long) config.vocabularySize() * config.hiddenSize() : 0;
        int inDtype = backend.dtype() == Dtype.FP32 ? Float.BYTES : Short.BYTES;
        return new ModelMemory(
                (needs.linear() + head) * inDtype + needs.tables() * Float.BYTES,
                needs.activations() * backend.activationBytes() + needs.residual() * Float.BYTES);
    }
}
