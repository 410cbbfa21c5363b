package io.varlen.tokenizer.internal.bpe;

import io.varlen.tokenizer.internal.unicode.Utf8;
import java.util.Arrays;
import java.util.Map;

/**
 * Every character is a symbol. One that is not in the vocabulary becomes the tokens of its bytes if there are such, else the
 * unknown token.
 */
final class CharacterSymbolReader implements SymbolReader {
    private static final int PAGE_BITS = 8;
    private static final int PAGE = 1 << PAGE_BITS;
    private static final int[] NO_PAGE = new int[PAGE];

    /** One more than the id of each code point; 0 for none. */
    private final int[][] pages = new int[(Character.MAX_CODE_POINT + 1) >> PAGE_BITS][];

    private final int[] idOfByte;
    private final Unknown unknown;

    /**
     * @param idOfCodePoint the ids of the tokens of one character
     * @param idOfByte all 256 ids; null if characters do not fall back to bytes
     */
    CharacterSymbolReader(Map<Integer, Integer> idOfCodePoint, int[] idOfByte, Unknown unknown) {
        Arrays.fill(pages, NO_PAGE);
        idOfCodePoint.forEach((codePoint, id) -> {
            int page = codePoint >> PAGE_BITS;
            if (pages[page] == NO_PAGE) {
                pages[page] = new int[PAGE];
            }
            pages[page][codePoint & PAGE - 1] = id + 1;
        });
        this.idOfByte = idOfByte;
        this.unknown = unknown;
    }

    @Override
    public int read(byte[] utf8, int from, int to, int limit, SymbolBuffer out) {
        boolean afterUnknown = false;
        int position = from;
        while (position < to) {
            int codePoint = Utf8.codePointAt(utf8, position);
            int end = position + Utf8.lengthAt(utf8, position);
            int id = pages[codePoint >> PAGE_BITS][codePoint & PAGE - 1] - 1;
            boolean isUnknown = id < 0 && idOfByte == null;
            boolean fuses = isUnknown && afterUnknown && unknown.fuse();
            if (out.size >= limit && !fuses) {
                break;
            }
            if (id >= 0) {
                out.add(id, end);
            } else if (!isUnknown) {
                for (int i = position; i < end; i++) {
                    out.add(idOfByte[utf8[i] & 0xFF], i + 1);
                }
            } else if (fuses) {
                out.ends[out.size - 1] = end;
            } else if (unknown.id() >= 0) {
                out.add(unknown.id(), end);
            }
            afterUnknown = isUnknown && unknown.id() >= 0;
            position = end;
        }
        return position;
    }

    @Override
    public boolean startsAt(byte[] utf8, int at) {
        return !Utf8.isContinuation(utf8[at]);
    }
}
