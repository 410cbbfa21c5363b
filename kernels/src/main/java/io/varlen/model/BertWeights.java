package io.varlen.model;

import io.varlen.InvalidInputException;
import io.varlen.attention.Activation;
import io.varlen.attention.Backend;
import io.varlen.attention.FeedForward;
import io.varlen.attention.Linear;
import io.varlen.attention.Norm;
import io.varlen.attention.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** BERT's parameters, read by their names in Hugging Face's transformers and laid out for a backend. */
final class BertWeights implements AutoCloseable {
    private static final String WORDS = "embeddings.word_embeddings.weight";

    /** Models with a head on top keep the encoder under a name of its own. */
    private static final List<String> PREFIXES = List.of("", "bert.", "roberta.");

    private final ModelConfig config;
    private final Weights source;
    private final Backend backend;
    private final String prefix;
    private final Deque<Runnable> closing = new ArrayDeque<>();

    private Tensor words;
    private Tensor positions;
    private Norm embeddingNorm;
    private final List<Layer> layers = new ArrayList<>();

    /** One layer's parameters; the projections to queries, keys and values are one layer with three times the outputs. */
    record Layer(
            Linear queryKeyValue,
            Linear attentionOutput,
            Norm attentionNorm,
            FeedForward feedForward,
            Norm outputNorm) {}

    private BertWeights(ModelConfig config, Weights source, Backend backend) {
        this.config = config;
        this.source = source;
        this.backend = backend;
        this.prefix = PREFIXES.stream()
                .filter(candidate -> source.contains(candidate + WORDS))
                .findFirst()
                .orElse("");
    }

    /** @throws InvalidInputException if the weights are not those of the configuration */
    static BertWeights load(ModelConfig config, Weights source, Backend backend) {
        BertWeights weights = new BertWeights(config, source, backend);
        try {
            weights.readEmbeddings();
            for (int i = 0; i < config.layers(); i++) {
                weights.readLayer("encoder.layer." + i + ".");
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
        words = tensor(read(WORDS, config.vocabularySize(), columns), config.vocabularySize());
        float[] rows = read("embeddings.position_embeddings.weight", config.positionRows(), columns);
        float[] types = read("embeddings.token_type_embeddings.weight", config.tokenTypes(), columns);
        for (int i = 0; i < rows.length; i++) {
            rows[i] += types[i % columns];
        }
        positions = tensor(rows, config.positionRows());
        embeddingNorm = norm("embeddings.LayerNorm");
    }

    private void readLayer(String at) {
        int hidden = config.hiddenSize();
        int inner = config.intermediateSize();
        layers.add(new Layer(
                queryKeyValue(at + "attention.self."),
                linear(at + "attention.output.dense", hidden, hidden, Activation.NONE),
                norm(at + "attention.output.LayerNorm"),
                new FeedForward(
                        null,
                        linear(at + "intermediate.dense", inner, hidden, Activation.GELU),
                        linear(at + "output.dense", hidden, inner, Activation.NONE)),
                norm(at + "output.LayerNorm")));
    }

    private Linear queryKeyValue(String at) {
        int hidden = config.hiddenSize();
        List<String> parts = List.of("query", "key", "value");
        List<float[]> weights = new ArrayList<>();
        for (String part : parts) {
            weights.add(read(at + part + ".weight", hidden, hidden));
        }
        float[] weight = new float[3 * hidden * hidden];
        float[] bias = new float[3 * hidden];
        for (int i = 0; i < parts.size(); i++) {
            System.arraycopy(weights.get(i), 0, weight, i * hidden * hidden, hidden * hidden);
            System.arraycopy(read(at + parts.get(i) + ".bias", hidden), 0, bias, i * hidden, hidden);
        }
        return layer(weight, bias, Activation.NONE);
    }

    private Linear linear(String name, int outputs, int inputs, Activation activation) {
        return layer(read(name + ".weight", outputs, inputs), read(name + ".bias", outputs), activation);
    }

    private Linear layer(float[] weight, float[] bias, Activation activation) {
        Linear layer = backend.linear(weight, bias.length, bias, activation);
        closing.push(layer::close);
        return layer;
    }

    private Norm norm(String name) {
        int hidden = config.hiddenSize();
        Tensor gamma = tensor(read(name + ".weight", hidden), 1);
        Tensor beta = tensor(read(name + ".bias", hidden), 1);
        return Norm.layer(gamma, beta, config.layerNormEpsilon());
    }

    private Tensor tensor(float[] elements, int rows) {
        Tensor tensor = backend.tensor(elements, rows, config.hiddenSize());
        closing.push(tensor::close);
        return tensor;
    }

    private float[] read(String name, int... shape) {
        return source.read(prefix + name, shape);
    }

    @Override
    public void close() {
        while (!closing.isEmpty()) {
            closing.pop().run();
        }
    }
}
