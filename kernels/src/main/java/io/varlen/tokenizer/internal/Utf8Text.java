package io.varlen.tokenizer.internal;

import io.varlen.tokenizer.internal.unicode.Utf8;
import java.util.Arrays;

/**
 * Growable UTF-8 text, and where wanted the source range that each of its bytes stems from.
 *
 * <p>Stages that rewrite text (normalizers, Metaspace) read one and append to another. The fields are open because every
 * stage reads the bytes in its inner loop; only {@code append} methods write them. Not safe for concurrent use.
 */
public final class Utf8Text {
    /** The text lies in {@code [start, end)}. */
    public byte[] bytes;

    public int start;
    public int end;

    /**
     * For byte i of the text, {@code sourceStart[i]} and {@code sourceEnd[i]} bound the source bytes that its character
     * stems from; both null if the text is the source itself, or alignment is not wanted.
     */
    public int[] sourceStart;

    public int[] sourceEnd;

    /** Whether the text begins where the source begins, so that {@code start} is the first position of the whole. */
    public boolean atSourceStart;

    private final boolean tracked;

    private Utf8Text(byte[] bytes, int start, int end, boolean tracked, boolean aligned) {
        this.bytes = bytes;
        this.start = start;
        this.end = end;
        this.tracked = tracked;
        this.sourceStart = aligned ? new int[bytes.length] : null;
        this.sourceEnd = aligned ? new int[bytes.length] : null;
    }

    /**
     * The source itself, not copied.
     *
     * @param tracked whether texts made from it shall know their source ranges
     */
    public static Utf8Text wrap(byte[] utf8, int from, int to, boolean tracked) {
        Utf8Text text = new Utf8Text(utf8, from, to, tracked, false);
        text.atSourceStart = true;
        return text;
    }

    /** An empty text to append to, made from {@code this}. */
    public Utf8Text derive() {
        return new Utf8Text(new byte[256], 0, 0, tracked, tracked);
    }

    /** Whether texts made from this one know their source ranges. */
    public boolean isTracked() {
        return tracked;
    }

    public boolean isAligned() {
        return sourceStart != null;
    }

    public int length() {
        return end - start;
    }

    /** Makes this an empty text again. Not for a wrapped source. */
    public void clear() {
        end = start;
    }

    /**
     * Appends {@code from.bytes[lo, hi)}, which keep their own source ranges.
     *
     * @param from the text this one is made from
     */
    public void copy(Utf8Text from, int lo, int hi) {
        int n = hi - lo;
        reserve(n);
        System.arraycopy(from.bytes, lo, bytes, end, n);
        if (isAligned()) {
            if (from.isAligned()) {
                System.arraycopy(from.sourceStart, lo, sourceStart, end, n);
                System.arraycopy(from.sourceEnd, lo, sourceEnd, end, n);
            } else {
                alignWithCharacters(from.bytes, lo, hi);
            }
        }
        end += n;
    }

    /** Every byte of a character has the whole character as its source. */
    private void alignWithCharacters(byte[] utf8, int lo, int hi) {
        for (int i = lo; i < hi; ) {
            int next = Math.min(hi, i + Utf8.lengthAt(utf8, i));
            for (int j = i; j < next; j++) {
                sourceStart[end + j - lo] = i;
                sourceEnd[end + j - lo] = next;
            }
            i = next;
        }
    }

    /**
     * Appends a character that replaces {@code from.bytes[lo, hi)}, a range of whole characters; an empty range says that
     * the character was inserted there.
     */
    public void append(int codePoint, Utf8Text from, int lo, int hi) {
        reserve(4);
        int n = Utf8.put(codePoint, bytes, end) - end;
        if (isAligned()) {
            int sourceLo = from.sourceStartOf(lo);
            Arrays.fill(sourceStart, end, end + n, sourceLo);
            Arrays.fill(sourceEnd, end, end + n, hi == lo ? sourceLo : from.sourceEndOf(hi - 1));
        }
        end += n;
    }

    /** Where the character that holds the byte at {@code position} begins in the source; behind the text, where that ends. */
    public int sourceStartOf(int position) {
        if (!isAligned()) {
            return position < end ? Utf8.characterStart(bytes, position, start) : position;
        }
        if (position < end) {
            return sourceStart[position];
        }
        return position > start ? sourceEnd[position - 1] : 0;
    }

    /** Where the character that holds the byte at {@code position} ends in the source. */
    public int sourceEndOf(int position) {
        return isAligned() ? sourceEnd[position] : Utf8.characterEnd(bytes, position, end);
    }

    private void reserve(int more) {
        long wanted = (long) end + more;
        if (wanted > bytes.length) {
            if (wanted > Integer.MAX_VALUE - 8) {
                throw new OutOfMemoryError("a text of more than 2 GiB");
            }
            int capacity = (int) Math.min(Integer.MAX_VALUE - 8, Math.max(wanted, 2L * bytes.length));
            bytes = Arrays.copyOf(bytes, capacity);
            if (isAligned()) {
                sourceStart = Arrays.copyOf(sourceStart, capacity);
                sourceEnd = Arrays.copyOf(sourceEnd, capacity);
            }
        }
    }
}
