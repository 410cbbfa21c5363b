package io.varlen.model;

import io.varlen.InvalidInputException;
import io.varlen.attention.Backend;

/** Loads encoders. */
public final class Encoders {
    private Encoders() {}

    /**
     * Reads the weights and lays them out for a backend.
     *
     * @param backend computes; stays open when the encoder is closed, and must be closed after it
     * @throws InvalidInputException if the weights are damaged, or are not those of the model's configuration
     */
    public static Encoder load(ModelFiles files, Backend backend) {
        try (Weights source = files.openWeights()) {
            BertWeights weights = BertWeights.load(files.config(), source, backend);
            return new BertEncoder(files.config(), files.pooling(), weights, backend);
        }
    }
}
