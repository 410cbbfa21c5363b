package io.varlen.attention;

/** What is applied to each element behind a linear layer. */
public enum Activation {
    /** Nothing. */
    NONE,
    /** {@code x/2 · (1 + erf(x/√2))}, Hugging Face's {@code gelu}. */
    GELU,
    /** {@code x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))}, Hugging Face's {@code gelu_new} and {@code gelu_pytorch_tanh}. */
    GELU_TANH,
    /** {@code x / (1 + e⁻ˣ)}, also called swish. */
    SILU,
    /** {@code max(x, 0)}. */
    RELU
}
