package io.varlen.tokenizer;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.IntArrayList;
import io.varlen.InvalidInputException;
import java.nio.charset.StandardCharsets;

/**
 * OpenAI's byte-pair encodings through JTokkit. Text that spells a special token is ordinary text here, as in tiktoken's
 * {@code encode_ordinary}; no special token is ever added.
 *
 * <p>Character classes are those of the running JVM's Unicode version. Time grows as n log n even for one unbroken run of
 * n letters or spaces, but such a run needs some 150 bytes of heap per byte.
 */
final class TiktokenTokenizer implements Tokenizer {
    private final TiktokenEncoding definition;
    private final Encoding encoding;

    TiktokenTokenizer(TiktokenEncoding definition) {
        this.definition = definition;
        this.encoding = Encodings.newLazyEncodingRegistry().getEncoding(definition.type);
    }

    @Override
    public void encode(byte[] utf8, int from, int to, TokenBuffer out) {
        String text = new String(utf8, from, to - from, StandardCharsets.UTF_8);
        IntArrayList ids;
        try {
            ids = encoding.encodeOrdinary(text);
        } catch (StackOverflowError e) {
            throw new InvalidInputException(
                    definition.source().name() + " runs out of stack on the text of " + (to - from)
                            + " bytes that begins with '" + text.substring(0, Math.min(40, text.length())) + "'",
                    e);
        }
        out.addAll(ids.toArray());
    }

    /** Synchronized because JTokkit adds special tokens to its decoding table when they are first met. */
    @Override
    public synchronized String decode(int[] ids, int from, int to) {
        IntArrayList list = new IntArrayList(to - from);
        for (int i = from; i < to; i++) {
            if (ids[i] >= 0 && ids[i] < definition.vocabularySize || ids[i] == definition.endOfText) {
                list.add(ids[i]);
            }
        }
        return encoding.decode(list);
    }

    @Override
    public SpecialTokens specialTokens() {
        return new SpecialTokens(new int[0], new int[0], definition.endOfText);
    }

    @Override
    public int vocabularySize() {
        return definition.vocabularySize;
    }

    @Override
    public void close() {}
}
