package io.varlen.tokenizer.internal.decoder;

import java.util.ArrayList;
import java.util.List;

/**
 * Hugging Face's {@code WordPiece}: a space before each token but the first and those that continue a word.
 *
 * @param prefix marks the tokens that continue a word
 * @param cleanup whether the spaces before English punctuation and contractions go
 */
record WordPieceDecoder(String prefix, boolean cleanup) implements Decoder {
    /** What is replaced, and by what, in this order. */
    private static final String[][] CLEANUP = {
        {" .", "."},
        {" ?", "?"},
        {" !", "!"},
        {" ,", ","},
        {" ' ", "'"},
        {" n't", "n't"},
        {" 'm", "'m"},
        {" do not", " don't"},
        {" 's", "'s"},
        {" 've", "'ve"},
        {" 're", "'re"}
    };

    @Override
    public List<String> decode(List<String> tokens) {
        List<String> decoded = new ArrayList<>();
        for (String token : tokens) {
            decoded.add(decoded.isEmpty() ? cleaned(token) : cleaned(continued(token)));
        }
        return decoded;
    }

    private String continued(String token) {
        return token.startsWith(prefix) ? token.substring(prefix.length()) : " " + token;
    }

    private String cleaned(String text) {
        if (!cleanup) {
            return text;
        }
        String clean = text;
        for (String[] replacement : CLEANUP) {
            clean = clean.replace(replacement[0], replacement[1]);
        }
        return clean;
    }
}
