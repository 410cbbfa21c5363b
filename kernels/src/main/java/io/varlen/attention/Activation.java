package io.varlen.attention;

/** What a linear layer applies to each output. */
public enum Activation {
    /** Nothing. */
    NONE,
    /** {@code x/2 · (1 + erf(x/√2))}, Hugging Face's {@code gelu}. */
    GELU
}
