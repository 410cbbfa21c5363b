package io.varlen.spark.frame;

import java.util.SortedMap;
import java.util.TreeMap;

/** Options of {@link io.varlen.spark.Varlen#embed}. */
public final class EmbedSettings extends FrameSettings<EmbedSettings> {
    private EmbedSettings(SortedMap<String, String> values) {
        super(values);
    }

    /** @param model as {@code --model} */
    public static EmbedSettings of(String model) {
        return new EmbedSettings(new TreeMap<>()).option("model", model);
    }

    @Override
    EmbedSettings copy(SortedMap<String, String> changed) {
        return new EmbedSettings(changed);
    }

    /** A column of token ids, in place of text. */
    public EmbedSettings idsColumn(String name) {
        return option("ids-column", name);
    }

    /** Where the special tokens of {@link #idsColumn} are: {@code document}, as tokenize puts them, or {@code none}. */
    public EmbedSettings specialTokens(String where) {
        return option("special-tokens", where);
    }

    /** Where the jar of the built-in model is. */
    public EmbedSettings modelJar(String path) {
        return option("model-jar", path);
    }

    /** The longest input that the model is given, in tokens. */
    public EmbedSettings maxLength(int tokens) {
        return option("max-length", tokens);
    }

    /** What becomes of longer documents: {@code truncate} or {@code chunks}. */
    public EmbedSettings longDocuments(String how) {
        return option("long", how);
    }

    /** What stands before each text. */
    public EmbedSettings prompt(String text) {
        return option("prompt", text);
    }

    /** Which of the model's own prompts stands before each text. */
    public EmbedSettings promptName(String name) {
        return option("prompt-name", name);
    }

    /** How many of a vector's first elements are kept. */
    public EmbedSettings dimensions(int count) {
        return option("dimensions", count);
    }

    /** What computes: {@code auto}, {@code cpu} or {@code cuda}. */
    public EmbedSettings backend(String name) {
        return option("backend", name);
    }

    /** In what matrix products multiply: {@code fp32}, {@code bf16}, {@code fp16} or {@code auto}. */
    public EmbedSettings dtype(String name) {
        return option("dtype", name);
    }
}
