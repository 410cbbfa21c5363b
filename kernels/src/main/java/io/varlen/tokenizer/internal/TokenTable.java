package io.varlen.tokenizer.internal;

import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** The tokens of a vocabulary as UTF-8, by id. */
public final class TokenTable {
    private final byte[][] tokens;

    /** @throws UnsupportedConstructException if a token is no Unicode text, or the ids are far apart */
    public TokenTable(Map<String, Integer> vocabulary) {
        int size = vocabulary.isEmpty() ? 0 : Collections.max(vocabulary.values()) + 1;
        if (size > 1 << 20 && size / 16 > vocabulary.size()) {
            throw new UnsupportedConstructException("a vocabulary of few tokens with ids up to " + (size - 1));
        }
        tokens = new byte[size][];
        vocabulary.forEach((token, id) -> tokens[id] = utf8(token));
    }

    /** @param tokens the token of each id */
    public TokenTable(List<String> tokens) {
        this.tokens = tokens.stream().map(TokenTable::utf8).toArray(byte[][]::new);
    }

    /** The token of {@code id}; null if there is none. */
    public byte[] token(int id) {
        return id >= 0 && id < tokens.length ? tokens[id] : null;
    }

    /** One more than the largest id. */
    public int size() {
        return tokens.length;
    }

    /** @throws UnsupportedConstructException if {@code token} has half a surrogate pair */
    public static byte[] utf8(String token) {
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(token));
            byte[] utf8 = new byte[bytes.remaining()];
            bytes.get(utf8);
            return utf8;
        } catch (CharacterCodingException e) {
            throw new UnsupportedConstructException("a token that is no Unicode text");
        }
    }
}
