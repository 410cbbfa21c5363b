package io.varlen.tokenizer;

import io.varlen.InvalidInputException;
import io.varlen.tokenizer.internal.PipelineTokenizers;
import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens tokenizers. */
public final class Tokenizers {
    private static final Logger LOG = LoggerFactory.getLogger(Tokenizers.class);

    private Tokenizers() {}

    /**
     * Opens the tokenizer that {@code source} defines: in Java if everything in it is known there exactly, else through the
     * native library, with one log line that says why.
     *
     * @throws InvalidInputException if its files are damaged, or mean something that cannot be done exactly, or
     *     only the native library can read them and this machine cannot load that
     */
    public static Tokenizer open(TokenizerSource source) {
        if (source.isTiktoken()) {
            return TiktokenEncoding.ofName(source.name()).open();
        }
        TokenizerJson definition = TokenizerJson.parse(source);
        try {
            return PipelineTokenizers.ofJson(source.json(), definition.special());
        } catch (UnsupportedConstructException e) {
            LOG.info(
                    "{} is read by the native library, which is slower: the Java engine does not know {}",
                    source.name(),
                    InvalidInputException.oneLine(e.getMessage()));
            return new HuggingFaceTokenizer(definition);
        }
    }
}
