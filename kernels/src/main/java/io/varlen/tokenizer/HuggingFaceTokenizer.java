package io.varlen.tokenizer;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import io.varlen.InvalidInputException;
import io.varlen.natives.NativeDirectory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A {@code tokenizer.json} through Hugging Face's tokenizers library, without the truncation and padding that the file
 * may ask for.
 *
 * <p>Calls DJL's JNI functions themselves: DJL's factories call home, and its {@code Encoding} copies seven arrays besides
 * the ids.
 */
final class HuggingFaceTokenizer implements Tokenizer {
    /** Long texts are encoded in parts of about this size, so that a part's native memory stays near 40 MB. */
    private static final int PART_BYTES = 256 << 10;

    private static final List<String> PROBES = List.of("", "a", "The 1st, of 2: ok!", "ß 一 \uD83D\uDE42\n\tx");

    private final TokenizersLibrary natives = load();
    private final TokenizerJson definition;
    private final int partBytes;
    private final ReadWriteLock open = new ReentrantReadWriteLock();
    private long handle;

    HuggingFaceTokenizer(TokenizerJson definition) {
        this(definition, PART_BYTES);
    }

    HuggingFaceTokenizer(TokenizerJson definition, int partBytes) {
        this.definition = definition;
        this.partBytes = partBytes;
        try {
            this.handle = natives.createTokenizerFromString(definition.text());
        } catch (RuntimeException e) {
            throw new InvalidInputException(
                    definition.name() + " is not a usable tokenizer.json: " + oneLine(e.getMessage()), e);
        }
        try {
            natives.disableTruncation(handle);
            natives.disablePadding(handle);
            PROBES.forEach(this::checkSpecialTokens);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    @Override
    public void encode(byte[] utf8, int from, int to, TokenBuffer out) {
        int before = out.size();
        open.readLock().lock();
        try {
            requireOpen();
            for (int start = from; start < to; ) {
                int end = definition.cuts().next(utf8, start, to, (int) Math.min(to, (long) start + partBytes));
                encodePart(utf8, start, end, out);
                start = end;
            }
        } catch (RuntimeException e) {
            out.truncate(before);
            throw e;
        } finally {
            open.readLock().unlock();
        }
    }

    @Override
    public String decode(int[] ids, int from, int to, boolean skipSpecial) {
        long[] known = Arrays.stream(ids, from, to)
                .filter(id -> id >= 0 && id < definition.vocabularySize())
                .asLongStream()
                .toArray();
        open.readLock().lock();
        try {
            requireOpen();
            return natives.decode(handle, known, skipSpecial);
        } finally {
            open.readLock().unlock();
        }
    }

    @Override
    public SpecialTokens specialTokens() {
        return definition.special();
    }

    @Override
    public int vocabularySize() {
        return definition.vocabularySize();
    }

    @Override
    public void close() {
        open.writeLock().lock();
        try {
            if (handle != 0) {
                natives.deleteTokenizer(handle);
                handle = 0;
            }
        } finally {
            open.writeLock().unlock();
        }
    }

    private void encodePart(byte[] utf8, int from, int to, TokenBuffer out) {
        if (to - from > definition.maxPartBytes()) {
            throw new InvalidInputException(definition.name() + " cannot encode " + (to - from)
                    + " bytes of text that offer no place to cut; it takes " + definition.maxPartBytes()
                    + " at once. The text begins with '" + beginning(utf8, from, to) + "'");
        }
        String text = new String(utf8, from, to - from, StandardCharsets.UTF_8);
        for (long id : encode(text, false)) {
            out.add((int) id);
        }
    }

    private long[] encode(String text, boolean withSpecialTokens) {
        long encoding;
        try {
            encoding = natives.encode(handle, text, withSpecialTokens);
        } catch (RuntimeException e) {
            throw new InvalidInputException(
                    definition.name() + " cannot encode the text that begins with '"
                            + oneLine(text.substring(0, Math.min(40, text.length()))) + "': "
                            + oneLine(e.getMessage()),
                    e);
        }
        try {
            return natives.getTokenIds(encoding);
        } finally {
            natives.deleteEncoding(encoding);
        }
    }

    /** That the prefix and suffix read from the post-processor are what the library itself adds. */
    private void checkSpecialTokens(String text) {
        SpecialTokens special = definition.special();
        TokenBuffer expected = new TokenBuffer();
        expected.addAll(special.prefix());
        for (long id : encode(text, false)) {
            expected.add((int) id);
        }
        expected.addAll(special.suffix());
        int[] actual =
                Arrays.stream(encode(text, true)).mapToInt(id -> (int) id).toArray();
        if (!Arrays.equals(expected.toArray(), actual)) {
            throw new InvalidInputException(definition.name()
                    + " has a post_processor that does not put a fixed prefix and suffix around one text: '"
                    + oneLine(text) + "' becomes " + Arrays.toString(actual) + ", not "
                    + Arrays.toString(expected.toArray()));
        }
    }

    private void requireOpen() {
        if (handle == 0) {
            throw new IllegalStateException("the tokenizer " + definition.name() + " is closed");
        }
    }

    private static String beginning(byte[] utf8, int from, int to) {
        return oneLine(new String(utf8, from, Math.min(40, to - from), StandardCharsets.UTF_8));
    }

    private static String oneLine(String message) {
        return message == null ? "" : message.replaceAll("\\p{Cntrl}+", " ");
    }

    private static TokenizersLibrary load() {
        NativeDirectory.prepare();
        try {
            LibUtils.checkStatus();
            return TokenizersLibrary.LIB;
        } catch (EngineException | LinkageError e) {
            throw new InvalidInputException(
                    "the native library that reads a tokenizer.json cannot be loaded on "
                            + System.getProperty("os.name") + " " + System.getProperty("os.arch") + " ("
                            + oneLine(e.toString())
                            + "); a " + TiktokenEncoding.SCHEME + " tokenizer needs none",
                    e);
        }
    }
}
