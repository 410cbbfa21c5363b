package io.varlen.tokenizer;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import java.nio.charset.StandardCharsets;

/** The same tokenizers through other libraries, for comparison: never what {@link Tokenizers#open} chooses by itself. */
public final class TokenizerPeers {
    private TokenizerPeers() {}

    /**
     * A {@code tokenizer.json} through Hugging Face's native library, as DJL brings it.
     *
     * @throws IllegalArgumentException for an encoding of tiktoken
     */
    public static Tokenizer huggingFace(TokenizerSource source) {
        if (source.isTiktoken()) {
            throw new IllegalArgumentException(source.name() + " has no tokenizer.json");
        }
        return new HuggingFaceTokenizer(TokenizerJson.parse(source));
    }

    /** An encoding of tiktoken through JTokkit; it encodes and does nothing else. */
    public static Tokenizer jtokkit(TokenizerSource source) {
        return new Jtokkit(TiktokenEncoding.ofName(source.name()));
    }

    /** The vocabulary of an encoding of tiktoken, in tiktoken's own file format. */
    public static byte[] tiktokenFile(TokenizerSource source) {
        return TiktokenEncoding.ofName(source.name()).vocabularyFile();
    }

    private static final class Jtokkit implements Tokenizer {
        private final TiktokenEncoding definition;
        private final Encoding encoding;

        Jtokkit(TiktokenEncoding definition) {
            this.definition = definition;
            this.encoding = Encodings.newLazyEncodingRegistry().getEncoding(definition.type);
        }

        @Override
        public void encode(byte[] utf8, int from, int to, TokenBuffer out) {
            String text = new String(utf8, from, to - from, StandardCharsets.UTF_8);
            out.addAll(encoding.encodeOrdinary(text).toArray());
        }

        @Override
        public String decode(int[] ids, int from, int to, boolean skipSpecial) {
            throw new UnsupportedOperationException();
        }

        @Override
        public SpecialTokens specialTokens() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int vocabularySize() {
            return definition.vocabularySize;
        }

        @Override
        public void close() {}
    }
}
