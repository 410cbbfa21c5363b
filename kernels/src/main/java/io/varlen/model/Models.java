package io.varlen.model;

import io.varlen.InvalidInputException;
import io.varlen.attention.Backend;

/**
 * Loads models: reads their weights and lays them out for a backend, which stays open when the model is closed and must be
 * closed after it. Each method throws an {@link InvalidInputException} if the weights are damaged, or are not those of the
 * model's configuration.
 */
public final class Models {
    private Models() {}

    /** Token ids to hidden states. */
    public static Transformer transformer(ModelFiles files, Backend backend) {
        try (Weights source = files.openWeights()) {
            return new BertModel(files.config(), BertWeights.load(files.config(), source, backend), backend);
        }
    }

    /** Token ids to one vector per sequence. */
    public static Encoder encoder(ModelFiles files, Backend backend) {
        return new PooledEncoder(transformer(files, backend), files.pooling(), backend);
    }

    /**
     * Token ids to the likelihood of each.
     *
     * @throws InvalidInputException also if the model is none that predicts the next token
     */
    public static CausalLm causalLm(ModelFiles files, Backend backend) {
        throw new InvalidInputException(files.name() + " is a model of type "
                + files.config().modelType() + ", which does not predict the next token");
    }
}
