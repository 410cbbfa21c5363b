package io.varlen.model;

import io.varlen.InvalidInputException;
import io.varlen.attention.Activation;
import io.varlen.attention.Backend;
import io.varlen.attention.FeedForward;
import io.varlen.attention.Linear;
import io.varlen.attention.Norm;
import io.varlen.attention.Tensor;
import java.util.ArrayList;
import java.util.List;

/** ModernBERT's parameters. */
final class ModernBertWeights implements AutoCloseable {
    private static final String TOKENS = "embeddings.tok_embeddings.weight";
    private static final List<String> PREFIXES = List.of("model.", "");

    private final ModernBertConfig config;
    private final ParameterReader parameters;
    private final List<Layer> layers = new ArrayList<>();
    private Tensor tokens;
    private Norm embeddingNorm;
    private Norm outputNorm;

    /** @param attentionNorm null in the first layer, which follows the embeddings' norm */
    record Layer(
            Norm attentionNorm,
            Linear queryKeyValue,
            Linear attentionOutput,
            Norm feedForwardNorm,
            FeedForward feedForward) {}

    private ModernBertWeights(ModernBertConfig config, ParameterReader parameters) {
        this.config = config;
        this.parameters = parameters;
    }

    /** @throws InvalidInputException if the weights are not those of the configuration */
    static ModernBertWeights load(ModernBertConfig config, Weights source, Backend backend) {
        var weights = new ModernBertWeights(config, new ParameterReader(source, PREFIXES, TOKENS, backend));
        try {
            weights.tokens = weights.parameters.table(TOKENS, config.vocabularySize(), config.hiddenSize());
            weights.embeddingNorm = weights.norm("embeddings.norm");
            for (int i = 0; i < config.layers(); i++) {
                weights.layers.add(weights.layer("layers." + i + ".", i == 0));
            }
            weights.outputNorm = weights.norm("final_norm");
            return weights;
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    /** {@code [vocabulary, hidden]}. */
    Tensor tokens() {
        return tokens;
    }

    Norm embeddingNorm() {
        return embeddingNorm;
    }

    List<Layer> layers() {
        return layers;
    }

    /** What normalises the states behind a layer: the next layer's first norm, or the model's last. */
    Norm normBehind(int layer) {
        return layer + 1 < layers.size() ? layers.get(layer + 1).attentionNorm() : outputNorm;
    }

    private Layer layer(String at, boolean first) {
        int hidden = config.hiddenSize();
        return new Layer(
                first ? null : norm(at + "attn_norm"),
                linear(at + "attn.Wqkv", 3 * hidden, hidden, config.attentionBias()),
                linear(at + "attn.Wo", hidden, hidden, config.attentionBias()),
                norm(at + "mlp_norm"),
                feedForward(at + "mlp."));
    }

    /** The gate is the first half of what the files call one layer. */
    private FeedForward feedForward(String at) {
        int hidden = config.hiddenSize();
        int inner = config.intermediateSize();
        boolean bias = config.feedForwardBias();
        return new FeedForward(
                parameters.half(at + "Wi", 0, inner, hidden, bias, config.activation()),
                parameters.half(at + "Wi", 1, inner, hidden, bias, Activation.NONE),
                linear(at + "Wo", hidden, inner, bias));
    }

    private Linear linear(String name, int outputs, int inputs, boolean bias) {
        return parameters.linear(name, outputs, inputs, bias, Activation.NONE);
    }

    private Norm norm(String name) {
        return parameters.layerNorm(name, config.hiddenSize(), config.normBias(), config.normEpsilon());
    }

    @Override
    public void close() {
        parameters.close();
    }
}
