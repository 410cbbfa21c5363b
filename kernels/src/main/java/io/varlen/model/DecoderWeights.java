package io.varlen.model;

import io.varlen.InvalidInputException;
import io.varlen.attention.Activation;
import io.varlen.attention.Backend;
import io.varlen.attention.FeedForward;
import io.varlen.attention.Linear;
import io.varlen.attention.Norm;
import io.varlen.attention.Tensor;
import io.varlen.model.ParameterReader.Part;
import java.util.ArrayList;
import java.util.List;

/** The parameters of a decoder of the Llama family. */
final class DecoderWeights implements AutoCloseable {
    private static final String TOKENS = "embed_tokens.weight";

    /** Of a model with a head, and of one without. */
    private static final List<String> PREFIXES = List.of("model.", "");

    private final DecoderConfig config;
    private final ParameterReader parameters;
    private final List<Layer> layers = new ArrayList<>();
    private Tensor tokens;
    private Norm outputNorm;

    /**
     * One layer's parameters; the projections to queries, keys and values are one linear layer, their outputs in this order.
     *
     * @param queryNorm null if query heads are not normalised
     * @param keyNorm null if key heads are not normalised
     */
    record Layer(
            Norm attentionNorm,
            Linear queryKeyValue,
            Norm queryNorm,
            Norm keyNorm,
            Linear attentionOutput,
            Norm feedForwardNorm,
            FeedForward feedForward) {}

    private DecoderWeights(DecoderConfig config, ParameterReader parameters) {
        this.config = config;
        this.parameters = parameters;
    }

    /** @throws InvalidInputException if the weights are not those of the configuration */
    static DecoderWeights load(DecoderConfig config, Weights source, Backend backend) {
        var weights = new DecoderWeights(config, new ParameterReader(source, PREFIXES, TOKENS, backend));
        try {
            weights.tokens = weights.parameters.table(TOKENS, config.vocabularySize(), config.hiddenSize());
            for (int i = 0; i < config.layers(); i++) {
                weights.layers.add(
                        weights.layer("layers." + i + ".", config.layerKinds().get(i)));
            }
            weights.outputNorm = weights.norm("norm");
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

    List<Layer> layers() {
        return layers;
    }

    /** What normalises the states behind a layer: the next layer's first norm, or the model's last. */
    Norm normBehind(int layer) {
        return layer + 1 < layers.size() ? layers.get(layer + 1).attentionNorm() : outputNorm;
    }

    private Layer layer(String at, DecoderConfig.Layer kind) {
        int hidden = config.hiddenSize();
        int queries = config.heads() * config.headDim();
        int keys = config.keyHeads() * config.headDim();
        String self = at + "self_attn.";
        return new Layer(
                norm(at + "input_layernorm"),
                parameters.linear(
                        List.of(
                                new Part(self + "q_proj", queries),
                                new Part(self + "k_proj", keys),
                                new Part(self + "v_proj", keys)),
                        hidden,
                        config.biases().queryKeyValue(),
                        Activation.NONE),
                headNorm(self + "q_norm", kind),
                headNorm(self + "k_norm", kind),
                parameters.linear(
                        self + "o_proj", hidden, queries, config.biases().attentionOutput(), Activation.NONE),
                norm(at + "post_attention_layernorm"),
                feedForward(at + config.feedForwardName() + "."));
    }

    private Norm headNorm(String name, DecoderConfig.Layer kind) {
        return switch (config.headNorm()) {
            case NONE -> null;
            case WEIGHTED -> parameters.rmsNorm(name, config.headDim(), config.normEpsilon());
            case PLAIN ->
                kind.rotates() ? new Norm(Norm.Kind.RMS, config.headDim(), null, null, config.normEpsilon()) : null;
        };
    }

    private FeedForward feedForward(String at) {
        int hidden = config.hiddenSize();
        int inner = config.intermediateSize();
        boolean bias = config.biases().feedForward();
        return new FeedForward(
                parameters.linear(at + "gate_proj", inner, hidden, bias, config.activation()),
                parameters.linear(at + "up_proj", inner, hidden, bias, Activation.NONE),
                parameters.linear(at + "down_proj", hidden, inner, bias, Activation.NONE));
    }

    private Norm norm(String name) {
        return parameters.rmsNorm(name, config.hiddenSize(), config.normEpsilon());
    }

    /**
     * The layer from hidden states to logits. As in transformers 5, a head that the files hold goes before one that is tied to
     * the token embeddings.
     */
    static Linear head(DecoderConfig config, Weights source, Backend backend) {
        int vocabulary = config.vocabularySize();
        int hidden = config.hiddenSize();
        String name = "lm_head.weight";
        if (!source.contains(name) && config.tied()) {
            name = PREFIXES.get(0) + TOKENS;
            name = source.contains(name) ? name : TOKENS;
        }
        return backend.linear(source.read(name, vocabulary, hidden), vocabulary, null, Activation.NONE);
    }

    @Override
    public void close() {
        parameters.close();
    }
}
