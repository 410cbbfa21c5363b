package io.varlen.model;

import io.varlen.InvalidInputException;
import java.util.List;

/**
 * The shape of an encoder of the BERT family, from {@code config.json}.
 *
 * @param modelType Hugging Face's {@code model_type}
 * @param vocabularySize rows of the word embeddings
 * @param hiddenSize elements of a token's hidden state
 * @param layers how many layers
 * @param heads attention heads per layer; divides {@code hiddenSize}
 * @param intermediateSize elements between the two linear layers of the feed-forward part
 * @param positionRows rows of the position embeddings
 * @param firstPosition the row that a sequence's first token takes: 0 in BERT, one behind the padding id in RoBERTa
 * @param tokenTypes rows of the token type embeddings, of which only row 0 is used
 * @param layerNormEpsilon what is added to the variance in layer normalisation
 */
public record ModelConfig(
        String modelType,
        int vocabularySize,
        int hiddenSize,
        int layers,
        int heads,
        int intermediateSize,
        int positionRows,
        int firstPosition,
        int tokenTypes,
        float layerNormEpsilon) {

    private static final String BERT = "bert";
    private static final List<String> ROBERTA = List.of("roberta", "xlm-roberta");

    /** Far above any real model; a weight has less than 2^31 elements. */
    private static final int MAX_HIDDEN = 1 << 14;

    private static final int MAX_INTERMEDIATE = 1 << 16;
    private static final int MAX_ROWS = 1 << 24;

    /** The longest sequence that the position embeddings admit, in tokens. */
    public int maxPositions() {
        return positionRows - firstPosition;
    }

    /**
     * @throws InvalidInputException if this is no configuration of a model that {@link BertEncoder} computes exactly
     */
    static ModelConfig read(JsonFile file) {
        String type = file.text("model_type");
        boolean roberta = type != null && ROBERTA.contains(type);
        if (!roberta && !BERT.equals(type)) {
            throw file.wrong("'model_type' is " + (type == null ? "missing" : "'" + JsonFile.excerpt(type) + "'")
                    + "; supported are bert, roberta and xlm-roberta");
        }
        requireOnly(file, "hidden_act", "gelu");
        requireOnly(file, "position_embedding_type", "absolute");
        if (file.flag("is_decoder")) {
            throw file.wrong("'is_decoder' is true; supported are encoders");
        }
        var config = new ModelConfig(
                type,
                file.integer("vocab_size", 1, MAX_ROWS),
                file.integer("hidden_size", 1, MAX_HIDDEN),
                file.integer("num_hidden_layers", 1, 1024),
                file.integer("num_attention_heads", 1, 1024),
                file.integer("intermediate_size", 1, MAX_INTERMEDIATE),
                file.integer("max_position_embeddings", 1, MAX_ROWS),
                roberta ? file.integer("pad_token_id", 0, MAX_ROWS, 1) + 1 : 0,
                file.integer("type_vocab_size", 1, MAX_ROWS, 2),
                (float) file.number("layer_norm_eps", 0, 1, 1e-12));
        if (config.hiddenSize() % config.heads() != 0) {
            throw file.wrong("'hidden_size' " + config.hiddenSize() + " is no multiple of 'num_attention_heads' "
                    + config.heads());
        }
        if (config.maxPositions() < 1) {
            throw file.wrong("'max_position_embeddings' " + config.positionRows() + " leave no position behind the "
                    + config.firstPosition() + " that the padding id takes");
        }
        return config;
    }

    private static void requireOnly(JsonFile file, String key, String supported) {
        String value = file.text(key);
        if (value != null && !value.equals(supported)) {
            throw file.wrong("'" + key + "' is '" + JsonFile.excerpt(value) + "'; supported is " + supported);
        }
    }
}
