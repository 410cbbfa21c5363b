package io.varlen.model;

import io.varlen.attention.Activation;
import io.varlen.mask.Mask;
import java.util.Map;

/**
 * The shape of an encoder of the BERT family: BERT, RoBERTa, XLM-RoBERTa and DistilBERT.
 *
 * @param layers how many layers
 * @param heads attention heads per layer; divides {@code hiddenSize}
 * @param intermediateSize elements between the two linear layers of the feed-forward part
 * @param activation between the two
 * @param positionRows rows of the position embeddings
 * @param firstPosition the row that a sequence's first token takes: 0 in BERT, one behind the padding id in RoBERTa
 * @param tokenTypes rows of the token type embeddings, of which only row 0 is used; 0 if there are none
 * @param layerNormEpsilon what is added to the variance in layer normalisation
 */
record BertConfig(
        String modelType,
        int vocabularySize,
        int hiddenSize,
        int layers,
        int heads,
        int intermediateSize,
        Activation activation,
        int positionRows,
        int firstPosition,
        int tokenTypes,
        float layerNormEpsilon)
        implements ModelConfig {

    static final String DISTILBERT = "distilbert";

    /** The name of the one mask. */
    static final String GLOBAL = "global";

    private static final Map<String, Mask> MASKS = Map.of(GLOBAL, Mask.full());

    @Override
    public int maxPositions() {
        return positionRows - firstPosition;
    }

    @Override
    public Map<String, Mask> masks() {
        return MASKS;
    }

    /** Per token: states, their sum, queries, keys, values, and what attention makes of them. */
    @Override
    public Footprint footprint() {
        long h = hiddenSize;
        return new Footprint(
                layers * (4 * h * h + 2 * h * intermediateSize), (vocabularySize + positionRows) * h, 6 * h, 0);
    }

    static BertConfig bert(JsonFile file, String type) {
        ConfigFields.requireOnly(file, "position_embedding_type", "absolute");
        ConfigFields.requireFalse(file, "is_decoder", "supported are encoders");
        boolean roberta = !type.equals("bert");
        var config = new BertConfig(
                type,
                ConfigFields.vocabularySize(file),
                ConfigFields.hiddenSize(file, "hidden_size"),
                ConfigFields.layers(file, "num_hidden_layers"),
                ConfigFields.heads(file, "num_attention_heads"),
                ConfigFields.intermediateSize(file, "intermediate_size"),
                ConfigFields.activation(file, "hidden_act", Activation.GELU),
                ConfigFields.positions(file),
                roberta ? file.integer("pad_token_id", 0, ConfigFields.MAX_ROWS, 1) + 1 : 0,
                file.integer("type_vocab_size", 1, ConfigFields.MAX_ROWS, 2),
                (float) file.number("layer_norm_eps", 0, 1, 1e-12));
        ConfigFields.requireMultiple(file, "hidden_size", config.hiddenSize(), "num_attention_heads", config.heads());
        if (config.maxPositions() < 1) {
            throw file.wrong("'max_position_embeddings' " + config.positionRows() + " leave no position behind the "
                    + config.firstPosition() + " that the padding id takes");
        }
        return config;
    }

    static BertConfig distilbert(JsonFile file) {
        var config = new BertConfig(
                DISTILBERT,
                ConfigFields.vocabularySize(file),
                ConfigFields.hiddenSize(file, "dim"),
                ConfigFields.layers(file, "n_layers"),
                ConfigFields.heads(file, "n_heads"),
                ConfigFields.intermediateSize(file, "hidden_dim"),
                ConfigFields.activation(file, "activation", Activation.GELU),
                ConfigFields.positions(file),
                0,
                0,
                1e-12f);
        ConfigFields.requireMultiple(file, "dim", config.hiddenSize(), "n_heads", config.heads());
        return config;
    }
}
