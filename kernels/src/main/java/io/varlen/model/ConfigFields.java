package io.varlen.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.varlen.attention.Activation;
import java.util.ArrayList;
import java.util.List;

/** What the configurations of several families have in common. Bounds are far above any real model. */
final class ConfigFields {
    static final int MAX_ROWS = 1 << 24;
    private static final int MAX_HIDDEN = 1 << 14;
    private static final int MAX_INTERMEDIATE = 1 << 16;
    private static final int MAX_LAYERS = 1024;
    private static final int MAX_HEADS = 1024;
    private static final int MAX_HEAD_DIM = 1024;

    private ConfigFields() {}

    static int vocabularySize(JsonFile file) {
        return file.integer("vocab_size", 1, MAX_ROWS);
    }

    static int hiddenSize(JsonFile file, String key) {
        return file.integer(key, 1, MAX_HIDDEN);
    }

    static int layers(JsonFile file, String key) {
        return file.integer(key, 1, MAX_LAYERS);
    }

    static int heads(JsonFile file, String key) {
        return file.integer(key, 1, MAX_HEADS);
    }

    static int headDim(JsonFile file, String key, int otherwise) {
        return file.integer(key, 1, MAX_HEAD_DIM, otherwise);
    }

    static int intermediateSize(JsonFile file, String key) {
        return file.integer(key, 1, MAX_INTERMEDIATE);
    }

    static int positions(JsonFile file) {
        return file.integer("max_position_embeddings", 1, MAX_ROWS);
    }

    /** By its name in transformers. */
    static Activation activation(JsonFile file, String key, Activation otherwise) {
        String name = file.text(key);
        if (name == null) {
            return otherwise;
        }
        return switch (name) {
            case "gelu", "gelu_python" -> Activation.GELU;
            case "gelu_new", "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_fast" -> Activation.GELU_TANH;
            case "silu", "swish" -> Activation.SILU;
            case "relu" -> Activation.RELU;
            default ->
                throw file.wrong("'" + key + "' is '" + JsonFile.excerpt(name)
                        + "'; supported are gelu, gelu_new, gelu_pytorch_tanh, silu, swish and relu");
        };
    }

    /**
     * One name per layer; null if the key is missing or null.
     *
     * @param supported what the names can be
     */
    static List<String> layerTypes(JsonFile file, int layers, List<String> supported) {
        if (file.absent("layer_types")) {
            return null;
        }
        JsonNode array = file.object().get("layer_types");
        if (!array.isArray() || array.size() != layers) {
            throw file.wrong("'layer_types' must be a list with one name for each of the " + layers + " layers");
        }
        List<String> types = new ArrayList<>();
        for (JsonNode type : array) {
            if (!type.isTextual() || !supported.contains(type.textValue())) {
                throw file.wrong("'layer_types' names " + JsonFile.excerpt(type) + "; supported are "
                        + String.join(" and ", supported));
            }
            types.add(type.textValue());
        }
        return types;
    }

    static void requireOnly(JsonFile file, String key, String supported) {
        String value = file.text(key);
        if (value != null && !value.equals(supported)) {
            throw file.wrong("'" + key + "' is '" + JsonFile.excerpt(value) + "'; supported is " + supported);
        }
    }

    static void requireFalse(JsonFile file, String key, String supported) {
        if (file.flag(key)) {
            throw file.wrong("'" + key + "' is true; " + supported);
        }
    }

    /** Rotation takes the elements of a head in pairs. */
    static void requireEvenHeads(JsonFile file, int headDim) {
        if (headDim % 2 != 0) {
            throw file.wrong(
                    "a head has " + headDim + " elements; it must be an even number, as they are rotated in pairs");
        }
    }

    static void requireMultiple(JsonFile file, String key, int value, String ofKey, int of) {
        if (value % of != 0) {
            throw file.wrong("'" + key + "' " + value + " is no multiple of '" + ofKey + "' " + of);
        }
    }
}
