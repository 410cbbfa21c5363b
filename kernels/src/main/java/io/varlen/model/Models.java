package io.varlen.model;

import io.varlen.InvalidInputException;
import io.varlen.attention.Backend;
import io.varlen.attention.Linear;

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
            return transformer(files.config(), source, backend);
        }
    }

    static Transformer transformer(ModelConfig config, Weights source, Backend backend) {
        if (config instanceof BertConfig bert) {
            return new BertModel(bert, BertWeights.load(bert, source, backend), backend);
        }
        if (config instanceof ModernBertConfig modernBert) {
            return new ModernBertModel(modernBert, ModernBertWeights.load(modernBert, source, backend), backend);
        }
        DecoderConfig decoder = (DecoderConfig) config;
        return new DecoderModel(decoder, DecoderWeights.load(decoder, source, backend), backend);
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
        if (!(files.config() instanceof DecoderConfig config)) {
            throw new InvalidInputException(files.name() + " is a model of type "
                    + files.config().modelType() + ", which does not predict the next token; "
                    + String.join(", ", DecoderConfigs.MODEL_TYPES) + " do");
        }
        try (Weights source = files.openWeights()) {
            return causalLm(config, source, backend);
        }
    }

    static CausalLm causalLm(DecoderConfig config, Weights source, Backend backend) {
        Linear head = DecoderWeights.head(config, source, backend);
        try {
            return new DecoderLm(transformer(config, source, backend), head, backend);
        } catch (RuntimeException e) {
            head.close();
            throw e;
        }
    }
}
