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

/** The parameters of BERT, RoBERTa or DistilBERT. */
final class BertWeights implements AutoCloseable {
    private static final String WORDS = "embeddings.word_embeddings.weight";

    private final BertConfig config;
    private final BertNames names;
    private final ParameterReader parameters;
    private final List<Layer> layers = new ArrayList<>();
    private Tensor words;
    private Tensor positions;
    private Norm embeddingNorm;

    /** One layer's parameters; the projections to queries, keys and values are one layer with three times the outputs. */
    record Layer(
            Linear queryKeyValue,
            Linear attentionOutput,
            Norm attentionNorm,
            FeedForward feedForward,
            Norm outputNorm) {}

    private BertWeights(BertConfig config, BertNames names, ParameterReader parameters) {
        this.config = config;
        this.names = names;
        this.parameters = parameters;
    }

    /** @throws InvalidInputException if the weights are not those of the configuration */
    static BertWeights load(BertConfig config, Weights source, Backend backend) {
        BertNames names = BertNames.of(config);
        var weights = new BertWeights(config, names, new ParameterReader(source, names.prefixes(), WORDS, backend));
        try {
            weights.readEmbeddings();
            for (int i = 0; i < config.layers(); i++) {
                weights.layers.add(weights.layer(names.layer() + i + "."));
            }
            return weights;
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    /** {@code [vocabulary, hidden]}. */
    Tensor words() {
        return words;
    }

    /** {@code [positionRows, hidden]}, with the embedding of token type 0 added: single texts have no other type. */
    Tensor positions() {
        return positions;
    }

    Norm embeddingNorm() {
        return embeddingNorm;
    }

    List<Layer> layers() {
        return layers;
    }

    private void readEmbeddings() {
        int columns = config.hiddenSize();
        words = parameters.table(WORDS, config.vocabularySize(), columns);
        float[] rows = parameters.read("embeddings.position_embeddings.weight", config.positionRows(), columns);
        if (config.tokenTypes() > 0) {
            float[] types = parameters.read("embeddings.token_type_embeddings.weight", config.tokenTypes(), columns);
            for (int i = 0; i < rows.length; i++) {
                rows[i] += types[i % columns];
            }
        }
        positions = parameters.tensor(rows, config.positionRows());
        embeddingNorm = norm("embeddings.LayerNorm");
    }

    private Layer layer(String at) {
        int hidden = config.hiddenSize();
        int inner = config.intermediateSize();
        return new Layer(
                parameters.linear(
                        names.queryKeyValue().stream()
                                .map(name -> new Part(at + name, hidden))
                                .toList(),
                        hidden,
                        true,
                        Activation.NONE),
                parameters.linear(at + names.attentionOutput(), hidden, hidden, true, Activation.NONE),
                norm(at + names.attentionNorm()),
                new FeedForward(
                        null,
                        parameters.linear(at + names.up(), inner, hidden, true, config.activation()),
                        parameters.linear(at + names.down(), hidden, inner, true, Activation.NONE)),
                norm(at + names.outputNorm()));
    }

    private Norm norm(String name) {
        return parameters.layerNorm(name, config.hiddenSize(), true, config.layerNormEpsilon());
    }

    @Override
    public void close() {
        parameters.close();
    }
}
