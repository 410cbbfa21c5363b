package io.varlen.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.varlen.attention.Activation;
import io.varlen.attention.Rope;
import io.varlen.mask.Mask;
import io.varlen.model.DecoderConfig.Biases;
import io.varlen.model.DecoderConfig.HeadNorm;
import io.varlen.model.DecoderConfig.Layer;
import io.varlen.model.DecoderConfig.Temperature;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Reads the configurations of the Llama family, with the defaults of transformers' classes. */
final class DecoderConfigs {
    private static final String GLOBAL = "global";
    private static final String LOCAL = "local";
    private static final String FULL = "full_attention";
    private static final String SLIDING = "sliding_attention";
    private static final String CHUNKED = "chunked_attention";
    private static final String WINDOW = "sliding_window";
    private static final String CHUNK = "attention_chunk_size";

    /** What a family does that its file does not say; 0 key heads: as many as there are heads; 0 for a head: hidden size by heads. */
    private enum Family {
        LLAMA("llama", 0, 0),
        MISTRAL("mistral", 8, 0),
        QWEN2("qwen2", 32, 0),
        QWEN3("qwen3", 32, 128),
        LLAMA4("llama4_text", 8, 128);

        private final String modelType;
        private final int keyHeads;
        private final int headDim;

        Family(String modelType, int keyHeads, int headDim) {
            this.modelType = modelType;
            this.keyHeads = keyHeads;
            this.headDim = headDim;
        }
    }

    /** Hugging Face's names of the families. */
    static final List<String> MODEL_TYPES =
            Stream.of(Family.values()).map(family -> family.modelType).toList();

    private final Family family;
    private final JsonFile file;
    private final int layers;

    private DecoderConfigs(Family family, JsonFile file) {
        this.family = family;
        this.file = file;
        this.layers = ConfigFields.layers(file, "num_hidden_layers");
        if (!file.absent("is_causal") && !file.flag("is_causal")) {
            throw file.wrong("'is_causal' is false; supported are decoders whose tokens see what is before them only");
        }
    }

    static DecoderConfig llama(JsonFile file) {
        boolean bias = file.flag("attention_bias");
        var reader = new DecoderConfigs(Family.LLAMA, file);
        return reader.read(
                new Biases(bias, bias, file.flag("mlp_bias")),
                HeadNorm.NONE,
                null,
                reader.layers(i -> true, i -> false),
                null);
    }

    /** A window, if there is one, is all layers'. */
    static DecoderConfig mistral(JsonFile file) {
        var reader = new DecoderConfigs(Family.MISTRAL, file);
        int window = reader.span(WINDOW, 4096);
        ConfigFields.layerTypes(file, reader.layers, List.of(window > 0 ? SLIDING : FULL));
        return reader.read(
                new Biases(false, false, false),
                HeadNorm.NONE,
                null,
                reader.layers(i -> true, i -> window > 0),
                window(window));
    }

    static DecoderConfig qwen2(JsonFile file) {
        return qwen(Family.QWEN2, file, new Biases(true, false, false), HeadNorm.NONE);
    }

    static DecoderConfig qwen3(JsonFile file) {
        boolean bias = file.flag("attention_bias");
        return qwen(Family.QWEN3, file, new Biases(bias, bias, false), HeadNorm.WEIGHTED);
    }

    private static DecoderConfig qwen(Family family, JsonFile file, Biases biases, HeadNorm norm) {
        var reader = new DecoderConfigs(family, file);
        int window = file.flag("use_sliding_window") ? reader.span(WINDOW, 4096) : 0;
        int from = file.integer("max_window_layers", 0, Integer.MAX_VALUE, 28);
        List<String> types =
                ConfigFields.layerTypes(file, reader.layers, window > 0 ? List.of(FULL, SLIDING) : List.of(FULL));
        return reader.read(
                biases,
                norm,
                null,
                reader.layers(
                        i -> true,
                        i -> window > 0
                                && (types == null ? i >= from : types.get(i).equals(SLIDING))),
                window(window));
    }

    /** Layers with rotation see a chunk, those without all that is before them, unless the file says otherwise. */
    static DecoderConfig llama4(JsonFile file) {
        boolean bias = file.flag("attention_bias");
        var reader = new DecoderConfigs(Family.LLAMA4, file);
        reader.requireDense();
        int chunk = reader.span(CHUNK, 8192);
        List<Boolean> rotates = reader.rotates();
        List<String> types = ConfigFields.layerTypes(file, reader.layers, List.of(FULL, CHUNKED));
        List<Layer> layers = reader.layers(
                rotates::get, i -> types == null ? rotates.get(i) : types.get(i).equals(CHUNKED));
        if (chunk == 0 && layers.stream().anyMatch(layer -> layer.mask().equals(LOCAL))) {
            throw file.wrong("'" + CHUNK + "' is null, but some layers are of the type " + CHUNKED);
        }
        Temperature temperature = reader.onUnlessFalse("attn_temperature_tuning")
                ? new Temperature(file.integer("floor_scale", 1, Integer.MAX_VALUE, 8192), (float)
                        file.number("attn_scale", 0, 1e6, 0.1))
                : null;
        HeadNorm norm = reader.onUnlessFalse("use_qk_norm") ? HeadNorm.PLAIN : HeadNorm.NONE;
        return reader.read(
                new Biases(bias, bias, false),
                norm,
                temperature,
                layers,
                chunk == 0 ? null : Mask.causal().and(Mask.chunked(chunk)));
    }

    /** @param keys how many keys a query sees, its own among them; 0 if there are no such layers */
    private static Mask window(int keys) {
        return keys == 0 ? null : Mask.slidingWindow(keys - 1, 0);
    }

    /** @param local the mask of the local layers; null if there are none */
    private DecoderConfig read(
            Biases biases, HeadNorm headNorm, Temperature temperature, List<Layer> kinds, Mask local) {
        boolean llama4 = family == Family.LLAMA4;
        int hidden = ConfigFields.hiddenSize(file, "hidden_size");
        int heads = ConfigFields.heads(file, "num_attention_heads");
        int keyHeads = keyHeads(heads);
        int maxPositions = ConfigFields.positions(file);
        return new DecoderConfig(
                family.modelType,
                ConfigFields.vocabularySize(file),
                hidden,
                heads,
                keyHeads,
                headDim(hidden, heads),
                ConfigFields.intermediateSize(file, llama4 ? "intermediate_size_mlp" : "intermediate_size"),
                ConfigFields.activation(file, "hidden_act", Activation.SILU),
                (float) file.number("rms_norm_eps", 0, 1, llama4 ? 1e-5 : 1e-6),
                maxPositions,
                biases,
                headNorm,
                RopeConfig.read(file, llama4 ? 500_000 : 10_000, maxPositions),
                llama4 ? Rope.Pairing.NEIGHBOURS : Rope.Pairing.HALVES,
                temperature,
                kinds,
                masks(kinds, local),
                file.flag("tie_word_embeddings"),
                llama4 ? "feed_forward" : "mlp");
    }

    private int keyHeads(int heads) {
        String key = "num_key_value_heads";
        boolean written = file.object().has(key);
        int keyHeads = file.integer(key, 1, heads, written || family.keyHeads == 0 ? heads : family.keyHeads);
        ConfigFields.requireMultiple(file, "num_attention_heads", heads, key, keyHeads);
        return keyHeads;
    }

    private int headDim(int hidden, int heads) {
        String key = "head_dim";
        int derived = file.object().has(key) || family.headDim == 0 ? 0 : family.headDim;
        if (file.absent(key) && derived == 0) {
            ConfigFields.requireMultiple(file, "hidden_size", hidden, "num_attention_heads", heads);
            derived = hidden / heads;
        }
        int headDim = ConfigFields.headDim(file, key, derived);
        ConfigFields.requireEvenHeads(file, headDim);
        return headDim;
    }

    /** A number of tokens; 0 for null. */
    private int span(String key, int otherwise) {
        return file.integer(key, 1, Integer.MAX_VALUE, file.object().has(key) ? 0 : otherwise);
    }

    private boolean onUnlessFalse(String key) {
        return file.absent(key) || file.flag(key);
    }

    private List<Layer> layers(IntFunction<Boolean> rotates, IntFunction<Boolean> local) {
        return IntStream.range(0, layers)
                .mapToObj(i -> new Layer(local.apply(i) ? LOCAL : GLOBAL, rotates.apply(i)))
                .toList();
    }

    /** Those that some layer takes. */
    private static Map<String, Mask> masks(List<Layer> layers, Mask local) {
        return layers.stream()
                .map(Layer::mask)
                .distinct()
                .collect(
                        Collectors.toUnmodifiableMap(name -> name, name -> name.equals(LOCAL) ? local : Mask.causal()));
    }

    /** Per layer a number that is not 0; else each {@code no_rope_layer_interval}-th layer has no rotation. */
    private List<Boolean> rotates() {
        String key = "no_rope_layers";
        JsonNode flags = file.object().path(key);
        if (file.absent(key) || (flags.isArray() && flags.isEmpty())) {
            int interval = file.integer("no_rope_layer_interval", 1, Integer.MAX_VALUE, 4);
            return IntStream.range(0, layers)
                    .mapToObj(i -> (i + 1) % interval != 0)
                    .toList();
        }
        boolean valid = flags.isArray() && flags.size() >= layers;
        for (JsonNode flag : flags) {
            valid &= flag.isIntegralNumber() && flag.canConvertToInt();
        }
        if (!valid) {
            throw file.wrong("'" + key + "' must be a list with an integer for each of the " + layers + " layers");
        }
        return IntStream.range(0, layers)
                .mapToObj(i -> flags.get(i).intValue() != 0)
                .toList();
    }

    /** Layers with a mixture of experts are another computation. */
    private void requireDense() {
        JsonNode experts = file.object().path("moe_layers");
        String step = "interleave_moe_layer_step";
        boolean dense = file.absent("moe_layers")
                ? file.integer(step, 1, Integer.MAX_VALUE, 1) > layers
                : experts.isArray() && experts.isEmpty();
        if (!dense) {
            throw file.wrong("'moe_layers' is " + (experts.isMissingNode() ? "missing" : JsonFile.excerpt(experts))
                    + (file.absent("moe_layers") ? ", so every '" + step + "'-th layer has experts" : "")
                    + "; supported are models without experts, whose 'moe_layers' is an empty list");
        }
    }
}
