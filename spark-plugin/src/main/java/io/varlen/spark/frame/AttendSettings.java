package io.varlen.spark.frame;

import java.util.SortedMap;
import java.util.TreeMap;

/** Options of {@link io.varlen.spark.Varlen#attend}. */
public final class AttendSettings extends FrameSettings<AttendSettings> {
    private AttendSettings(SortedMap<String, String> values) {
        super(values);
    }

    /** @param model as {@code --model} */
    public static AttendSettings of(String model) {
        return new AttendSettings(new TreeMap<>()).option("model", model);
    }

    @Override
    AttendSettings copy(SortedMap<String, String> changed) {
        return new AttendSettings(changed);
    }

    /** The column of the document id, which is unique; {@code id} if none is named. */
    public AttendSettings idColumn(String name) {
        return option("id-column", name);
    }

    /** Where the jar of the built-in model is. */
    public AttendSettings modelJar(String path) {
        return option("model-jar", path);
    }

    /** The longest input that the model is given, in tokens. */
    public AttendSettings maxLength(int tokens) {
        return option("max-length", tokens);
    }

    /** How far from its query a key counts as near, in tokens. */
    public AttendSettings window(int tokens) {
        return option("window", tokens);
    }

    /** About how many tokens to look at; 0 for all. */
    public AttendSettings limitTokens(long tokens) {
        return option("limit-tokens", tokens);
    }

    /** What computes: {@code auto}, {@code cpu} or {@code cuda}. */
    public AttendSettings backend(String name) {
        return option("backend", name);
    }

    /** In what matrix products multiply: {@code fp32}, {@code bf16}, {@code fp16} or {@code auto}. */
    public AttendSettings dtype(String name) {
        return option("dtype", name);
    }

    /** The folder that the result goes to and stays in; none for a folder of this machine's that goes with the session. */
    public AttendSettings output(String folder) {
        return option("output", folder);
    }

    /** Replace what another job left in {@link #output}, once the new result is complete. */
    public AttendSettings overwrite() {
        return option("overwrite", "true");
    }
}
