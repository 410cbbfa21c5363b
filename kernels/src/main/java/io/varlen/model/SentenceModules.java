package io.varlen.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.varlen.attention.Pooling;
import java.util.ArrayList;
import java.util.List;

/**
 * What sentence-transformers does around an encoder, from {@code modules.json} and the files that it names.
 *
 * @param encoderFolder the folder of the encoder and its tokenizer, below the model's; empty for the model's own
 * @param maxLength in tokens with special tokens; {@link Integer#MAX_VALUE} if nothing limits it
 */
record SentenceModules(String encoderFolder, Pooling pooling, boolean normalizes, int maxLength) {
    private static final String FLAG = "pooling_mode_";
    private static final String MODULES = "modules.json";
    private static final String SETTINGS = "config_sentence_transformers.json";

    /** What a folder without {@code modules.json} means to sentence-transformers, but for its length. */
    private static final List<Module> PLAIN = List.of(new Module("Transformer", ""));

    private static final List<String> ENCODER_SETTINGS =
            List.of("sentence_bert_config.json", "sentence_roberta_config.json", "sentence_xlm-roberta_config.json");

    /** @param path the folder of the module's own files, below the model's */
    private record Module(String type, String path) {}

    static SentenceModules read(ModelFolder folder) {
        requireNoPrompt(folder);
        List<Module> modules = folder.has(MODULES) ? modules(folder.json(MODULES)) : PLAIN;
        ModelFolder encoder = folder.subfolder(modules.get(0).path());
        int maxLength = maxLength(encoder);
        Pooling pooling = modules.size() == 1
                ? Pooling.MEAN
                : pooling(folder.subfolder(modules.get(1).path()));
        return new SentenceModules(modules.get(0).path(), pooling, modules.size() == 3, maxLength);
    }

    private static void requireNoPrompt(ModelFolder folder) {
        if (folder.has(SETTINGS)) {
            JsonFile settings = folder.json(SETTINGS);
            String name = settings.text("default_prompt_name");
            if (name != null
                    && !settings.root().path("prompts").path(name).asText().isEmpty()) {
                throw settings.wrong("'default_prompt_name' is '" + JsonFile.excerpt(name)
                        + "'; supported are models that put no prompt before each text");
            }
        }
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

    private static int maxLength(ModelFolder encoder) {
        for (String name : ENCODER_SETTINGS) {
            if (encoder.has(name)) {
                JsonFile settings = encoder.json(name);
                if (settings.flag("do_lower_case")) {
                    throw settings.wrong("'do_lower_case' is true; supported is only what the tokenizer itself does");
                }
                return settings.integer("max_seq_length", 1, Integer.MAX_VALUE, Integer.MAX_VALUE);
            }
        }
        return Integer.MAX_VALUE;
    }

    /** A name, or in older files one flag per mode, where mean is on unless it is switched off. */
    private static Pooling pooling(ModelFolder folder) {
        JsonFile settings = folder.json("config.json");
        String name = settings.text("pooling_mode");
        List<String> modes = name == null ? flagged(settings) : List.of(name);
        return switch (modes.size() == 1 ? modes.get(0) : modes.toString()) {
            case "mean_tokens", "mean" -> Pooling.MEAN;
            case "cls_token", "cls" -> Pooling.CLS;
            default ->
                throw settings.wrong("the pooling modes are " + JsonFile.excerpt(modes.toString())
                        + "; supported is either mean_tokens or cls_token");
        };
    }

    private static List<String> flagged(JsonFile settings) {
        List<String> modes = new ArrayList<>();
        if (!settings.object().has(FLAG + "mean_tokens")) {
            modes.add("mean_tokens");
        }
        settings.object().properties().forEach(field -> {
            if (field.getKey().startsWith(FLAG) && settings.flag(field.getKey())) {
                modes.add(field.getKey().substring(FLAG.length()));
            }
        });
        return modes;
    }
}
