package io.varlen.tokenizer.internal.decoder;

import java.util.List;

/**
 * Hugging Face's {@code Strip}: takes a character off the ends of each token.
 *
 * @param content the code point
 * @param start at most this many times at the start
 * @param stop at most this many times at the end
 */
record StripDecoder(int content, int start, int stop) implements Decoder {
    @Override
    public List<String> decode(List<String> tokens) {
        return tokens.stream().map(this::strip).toList();
    }

    private String strip(String token) {
        int[] chars = token.codePoints().toArray();
        int from = 0;
        while (from < Math.min(start, chars.length) && chars[from] == content) {
            from++;
        }
        int to = chars.length;
        while (to > from && chars.length - to < stop && chars[to - 1] == content) {
            to--;
        }
        return new String(chars, from, to - from);
    }
}
