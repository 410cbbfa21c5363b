package io.varlen.model;

import io.varlen.InvalidInputException;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a model wants to be put before each text, by the names that sentence-transformers gives it.
 *
 * @param byName the texts; may be empty ones
 * @param defaultName the one that is taken if nothing else is asked for; null if none is
 * @param pooled whether the prompt's tokens take part in pooling
 */
public record Prompts(Map<String, String> byName, String defaultName, boolean pooled) {
    /** sentence-transformers knows these two names for every model. */
    private static final Map<String, String> EVERY_MODEL = Map.of("query", "", "document", "");

    /** Of a model that asks for none. */
    public static final Prompts NONE = new Prompts(EVERY_MODEL, null, true);

    public Prompts {
        byName = Map.copyOf(byName);
    }

    static Prompts read(JsonFile settings, boolean pooled) {
        Map<String, String> prompts = new TreeMap<>(EVERY_MODEL);
        JsonFile named = settings.child("prompts");
        named.object().properties().forEach(prompt -> {
            if (!prompt.getValue().isTextual() && !prompt.getValue().isNull()) {
                throw named.wrong("'" + JsonFile.excerpt(prompt.getKey()) + "' is "
                        + JsonFile.excerpt(prompt.getValue()) + "; it must be a string");
            }
            prompts.put(
                    prompt.getKey(),
                    prompt.getValue().isNull() ? "" : prompt.getValue().textValue());
        });
        String name = settings.text("default_prompt_name");
        if (name != null && !prompts.containsKey(name)) {
            throw settings.wrong("'default_prompt_name' is '" + JsonFile.excerpt(name) + "', which is none of the"
                    + " prompts " + JsonFile.excerpt(prompts.keySet().toString()));
        }
        return new Prompts(prompts, name, pooled);
    }

    /**
     * The text to put before each text, empty for none.
     *
     * @param text itself, which goes before everything else; null to go by the name
     * @param name one of the model's; null for the model's default
     * @throws InvalidInputException if there is no prompt of that name, or the model wants one that pooling leaves out
     */
    public String resolve(String text, String name) {
        String prompt = text != null ? text : named(name != null ? name : defaultName);
        if (!prompt.isEmpty() && !pooled) {
            throw new InvalidInputException("the model's pooling leaves the prompt out ('include_prompt' is false);"
                    + " supported are prompts that take part in it, or an empty prompt");
        }
        return prompt;
    }

    private String named(String name) {
        if (name == null) {
            return "";
        }
        String prompt = byName.get(name);
        if (prompt == null) {
            throw new InvalidInputException("the model has no prompt '" + JsonFile.excerpt(name) + "'; it has "
                    + JsonFile.excerpt(String.join(", ", new TreeMap<>(byName).keySet())));
        }
        return prompt;
    }
}
