package io.varlen.model;

import io.varlen.InvalidInputException;
import io.varlen.attention.AttentionListener;
import io.varlen.mask.Mask;
import java.util.Map;

/** The shape of a model, from {@code config.json}; one implementation per family of models. */
public sealed interface ModelConfig permits BertConfig, DecoderConfig, ModernBertConfig {
    /** Hugging Face's {@code model_type}. */
    String modelType();

    /** Rows of the token embeddings; token ids are below this. */
    int vocabularySize();

    /** Elements of a token's hidden state. */
    int hiddenSize();

    /** How many layers there are. */
    int layers();

    /** Query heads per layer. */
    int heads();

    /** The longest sequence, in tokens with special tokens. */
    int maxPositions();

    /** The masks that layers take, by the names that {@link AttentionListener} is told. */
    Map<String, Mask> masks();

    /**
     * What it needs of memory without the head that predicts tokens, and without the inner tensor of a feed-forward part, of which a
     * backend computes parts.
     */
    Footprint footprint();

    /** @throws InvalidInputException if this is no configuration of a model that is computed exactly here */
    static ModelConfig read(JsonFile file) {
        String type = file.text("model_type");
        if (!file.absent("quantization_config")) {
            throw file.wrong("'quantization_config' is there; supported are weights in fp32, bf16 and fp16");
        }
        return switch (type == null ? "" : type) {
            case "bert", "roberta", "xlm-roberta" -> BertConfig.bert(file, type);
            case "distilbert" -> BertConfig.distilbert(file);
            case "modernbert" -> ModernBertConfig.read(file);
            case "llama" -> DecoderConfigs.llama(file);
            case "mistral" -> DecoderConfigs.mistral(file);
            case "qwen2" -> DecoderConfigs.qwen2(file);
            case "qwen3" -> DecoderConfigs.qwen3(file);
            case "llama4_text" -> DecoderConfigs.llama4(file);
            default ->
                throw file.wrong("'model_type' is " + (type == null ? "missing" : "'" + JsonFile.excerpt(type) + "'")
                        + "; supported are bert, roberta, xlm-roberta, distilbert, modernbert, llama, mistral, qwen2,"
                        + " qwen3 and llama4_text");
        };
    }
}
