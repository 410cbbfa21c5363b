package io.varlen.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.varlen.attention.Pooling;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What sentence-transformers does around an encoder, from {@code modules.json} and the files that it names.
 *
 * @param encoderFolder the folder of the encoder and its tokenizer, below the model's; empty for the model's own
 * @param maxLength in tokens with special tokens; {@link Integer#MAX_VALUE} if nothing limits it
 * @param dimension how many of a vector's first elements are kept; {@link Integer#MAX_VALUE} for all
 */
record SentenceModules(
        String encoderFolder, Pooling pooling, boolean normalizes, int maxLength, int dimension, Prompts prompts) {
    private static final String MODULES = "modules.json";
    private static final String SETTINGS = "config_sentence_transformers.json";
    private static final String TOKENIZER_SETTINGS = "tokenizer_config.json";

    /** What a folder without {@code modules.json} means to sentence-transformers, but for its length. */
    private static final List<Module> PLAIN = List.of(new Module("Transformer", ""));

    private static final List<String> ENCODER_SETTINGS =
            List.of("sentence_bert_config.json", "sentence_roberta_config.json", "sentence_xlm-roberta_config.json");

    private static final Map<String, Pooling> POOLINGS = Map.of(
            "cls", Pooling.CLS,
            "max", Pooling.MAX,
            "mean", Pooling.MEAN,
            "mean_sqrt_len_tokens", Pooling.MEAN_SQRT_LENGTH,
            "weightedmean", Pooling.WEIGHTED_MEAN,
            "lasttoken", Pooling.LAST_TOKEN);

    /** The flags of older files, in the order in which their vectors are concatenated. */
    private static final Map<String, String> FLAGS = flags();

    /** @param path the folder of the module's own files, below the model's */
    private record Module(String type, String path) {}

    static SentenceModules read(ModelFolder folder) {
        List<Module> modules = folder.has(MODULES) ? modules(folder.json(MODULES)) : PLAIN;
        ModelFolder encoder = folder.subfolder(modules.get(0).path());
        JsonFile pooling = modules.size() == 1
                ? JsonFile.empty(folder.root() + "/" + MODULES)
                : folder.subfolder(modules.get(1).path()).json("config.json");
        JsonFile settings =
                folder.has(SETTINGS) ? folder.json(SETTINGS) : JsonFile.empty(folder.root() + "/" + SETTINGS);
        return new SentenceModules(
                modules.get(0).path(),
                modules.size() == 1 ? plainPooling(encoder) : pooling(pooling),
                modules.size() == 3,
                maxLength(encoder),
                settings.integer("truncate_dim", 1, Integer.MAX_VALUE, Integer.MAX_VALUE),
                Prompts.read(settings, pooling.absent("include_prompt") || pooling.flag("include_prompt")));
    }

    private static List<Module> modules(JsonFile file) {
        List<Module> modules = new ArrayList<>();
        for (JsonNode module : file.root()) {
            String type = module.path("type").asText();
            modules.add(new Module(
                    type.substring(type.lastIndexOf('.') + 1),
                    module.path("path").asText()));
        }
        List<String> types = modules.stream().map(Module::type).toList();
        if (!types.equals(List.of("Transformer", "Pooling"))
                && !types.equals(List.of("Transformer", "Pooling", "Normalize"))) {
            throw file.wrong("the modules are " + JsonFile.excerpt(types.toString())
                    + "; supported are Transformer, Pooling and optionally Normalize, in this order");
        }
        return modules;
    }

    /** As the settings say; newer versions leave it to the tokenizer's. */
    private static int maxLength(ModelFolder encoder) {
        for (String name : ENCODER_SETTINGS) {
            if (encoder.has(name)) {
                JsonFile settings = encoder.json(name);
                requireHiddenStates(settings);
                if (!settings.absent("max_seq_length")) {
                    return settings.integer("max_seq_length", 1, Integer.MAX_VALUE);
                }
                break;
            }
        }
        if (!encoder.has(TOKENIZER_SETTINGS)) {
            return Integer.MAX_VALUE;
        }
        // 10^30 means no limit
        JsonFile tokenizer = encoder.json(TOKENIZER_SETTINGS);
        return (int) tokenizer.number("model_max_length", 1, Double.MAX_VALUE, Integer.MAX_VALUE);
    }

    private static void requireHiddenStates(JsonFile settings) {
        ConfigFields.requireFalse(settings, "do_lower_case", "supported is only what the tokenizer itself does");
        ConfigFields.requireOnly(settings, "transformer_task", "feature-extraction");
        ConfigFields.requireOnly(settings, "module_output_name", "token_embeddings");
        ConfigFields.requireOnly(
                settings.child("modality_config").child("text"), "method_output_name", "last_hidden_state");
        if (!settings.child("processing_kwargs").object().isEmpty()) {
            throw settings.wrong("'processing_kwargs' are there; supported is only what the tokenizer itself does");
        }
    }

    /** A name or a list of them, or in older files one flag per mode; the mean if there is none. */
    private static Pooling pooling(JsonFile settings) {
        List<String> modes = modes(settings);
        Pooling pooling = modes.size() == 1 ? POOLINGS.get(modes.get(0)) : null;
        if (pooling == null) {
            throw settings.wrong("the pooling modes are " + JsonFile.excerpt(modes.toString())
                    + "; supported is one of cls, max, mean, mean_sqrt_len_tokens, weightedmean and lasttoken");
        }
        return pooling;
    }

    /** Of a folder without modules: the last token's where the model was made to predict the next one. */
    private static Pooling plainPooling(ModelFolder encoder) {
        JsonNode architecture =
                encoder.json("config.json").root().path("architectures").path(0);
        return architecture.asText().endsWith("ForCausalLM") ? Pooling.LAST_TOKEN : Pooling.MEAN;
    }

    private static List<String> modes(JsonFile settings) {
        List<String> modes = new ArrayList<>();
        JsonNode written = settings.object().path("pooling_mode");
        if (written.isArray()) {
            written.forEach(mode -> modes.add(mode.asText()));
            return modes;
        }
        if (!settings.absent("pooling_mode")) {
            return List.of(settings.text("pooling_mode"));
        }
        FLAGS.forEach((flag, mode) -> {
            if (settings.flag(flag)) {
                modes.add(mode);
            }
        });
        return modes.isEmpty() ? List.of("mean") : modes;
    }

    private static Map<String, String> flags() {
        Map<String, String> flags = new LinkedHashMap<>();
        flags.put("pooling_mode_cls_token", "cls");
        flags.put("pooling_mode_max_tokens", "max");
        flags.put("pooling_mode_mean_tokens", "mean");
        flags.put("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens");
        flags.put("pooling_mode_weightedmean_tokens", "weightedmean");
        flags.put("pooling_mode_lasttoken", "lasttoken");
        return flags;
    }
}
