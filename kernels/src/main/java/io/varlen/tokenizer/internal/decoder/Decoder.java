package io.varlen.tokenizer.internal.decoder;

import java.util.List;

/** One step from the tokens of a text towards the text, like a decoder of Hugging Face's tokenizers. */
@FunctionalInterface
public interface Decoder {
    /** What becomes of {@code tokens}; the text is the result of the last step, joined. */
    List<String> decode(List<String> tokens);
}
