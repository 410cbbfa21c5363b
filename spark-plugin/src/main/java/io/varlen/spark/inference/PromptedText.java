package io.varlen.spark.inference;

import java.util.Arrays;

/** A prompt and the text behind it, which are tokenized as one text, because a token may straddle the seam. */
public final class PromptedText {
    private PromptedText() {}

    /** Both, in UTF-8. */
    public static byte[] of(byte[] prompt, byte[] text) {
        if (prompt.length == 0) {
            return text;
        }
        byte[] both = Arrays.copyOf(prompt, Math.addExact(prompt.length, text.length));
        System.arraycopy(text, 0, both, prompt.length, text.length);
        return both;
    }
}
