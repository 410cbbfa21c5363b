package io.varlen.spark.frame;

import java.util.SortedMap;
import java.util.TreeMap;

/** Options of {@link io.varlen.spark.Varlen#score}. */
public final class ScoreSettings extends FrameSettings<ScoreSettings> {
    private ScoreSettings(SortedMap<String, String> values) {
        super(values);
    }

    /** @param model as {@code --model} */
    public static ScoreSettings of(String model) {
        return new ScoreSettings(new TreeMap<>()).option("model", model);
    }

    @Override
    ScoreSettings copy(SortedMap<String, String> changed) {
        return new ScoreSettings(changed);
    }

    /** A column of token ids, in place of text. */
    public ScoreSettings idsColumn(String name) {
        return option("ids-column", name);
    }

    /** Where the special tokens of {@link #idsColumn} are: {@code document}, as tokenize puts them, or {@code none}. */
    public ScoreSettings specialTokens(String where) {
        return option("special-tokens", where);
    }

    /** The longest input that the model is given, in tokens. */
    public ScoreSettings maxLength(int tokens) {
        return option("max-length", tokens);
    }

    /** How many tokens of left context every window after a document's first has. */
    public ScoreSettings stride(int tokens) {
        return option("stride", tokens);
    }

    /** What computes: {@code auto}, {@code cpu} or {@code cuda}. */
    public ScoreSettings backend(String name) {
        return option("backend", name);
    }

    /** In what matrix products multiply: {@code fp32}, {@code bf16}, {@code fp16} or {@code auto}. */
    public ScoreSettings dtype(String name) {
        return option("dtype", name);
    }
}
