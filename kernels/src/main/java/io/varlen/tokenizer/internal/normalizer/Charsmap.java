package io.varlen.tokenizer.internal.normalizer;

import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import io.varlen.tokenizer.internal.unicode.Utf8;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;

/**
 * SentencePiece's {@code precompiled_charsmap}: the size of a trie in bytes (uint32, little-endian), the trie as a Darts
 * double array of uint32, and replacement strings in UTF-8 that end in NUL or at the end.
 *
 * <p>A unit of the double array holds its label in bits 0 to 7, in bit 8 whether a leaf hangs below it, in bits 10 to 30 the
 * offset to its children, by which its own index is XORed (in steps of 256 if bit 9 is set); a leaf is bit 31 and a value,
 * here an index into the strings.
 */
public final class Charsmap {
    private static final int LEAF_BELOW = 1 << 8;
    private static final int COARSE = 1 << 9;
    private static final int LEAF = 1 << 31;

    private final int[] units;
    private final byte[] strings;

    /** @throws UnsupportedConstructException if the table is damaged */
    public Charsmap(byte[] table) {
        ByteBuffer in = ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN);
        require(table.length >= Integer.BYTES);
        int trieSize = in.getInt();
        require(trieSize >= Integer.BYTES && trieSize % Integer.BYTES == 0 && trieSize <= in.remaining());
        units = new int[trieSize / Integer.BYTES];
        in.asIntBuffer().get(units);
        strings = Arrays.copyOfRange(table, Integer.BYTES + trieSize, table.length);
        requireUtf8(strings);
        checkReachable();
    }

    /** Checks every unit that a search can reach, so that {@link #find} need not. */
    private void checkReachable() {
        BitSet seen = new BitSet(units.length);
        Deque<Integer> todo = new ArrayDeque<>();
        todo.push(0);
        while (!todo.isEmpty()) {
            int node = todo.pop();
            if (seen.get(node)) {
                continue; // nodes with the same suffixes may be one
            }
            seen.set(node);
            int base = node ^ offset(units[node]);
            require((base | 0xFF) < units.length);
            if ((units[node] & LEAF_BELOW) != 0) {
                checkLeaf(units[base]);
            }
            for (int label = 1; label < 256; label++) {
                if (isChild(base ^ label, label)) {
                    todo.push(base ^ label);
                }
            }
        }
    }

    private void checkLeaf(int unit) {
        int value = unit & ~LEAF;
        require((unit & LEAF) != 0 && value <= strings.length);
        require(value == strings.length || !Utf8.isContinuation(strings[value]));
    }

    byte[] strings() {
        return strings;
    }

    /** Where the replacement of the shortest known prefix of {@code utf8[from, to)} begins; -1 if none is known. */
    int find(byte[] utf8, int from, int to) {
        int base = offset(units[0]);
        for (int at = from; at < to; at++) {
            int label = utf8[at] & 0xFF;
            int node = base ^ label;
            if (label == 0 || !isChild(node, label)) {
                return -1;
            }
            base = node ^ offset(units[node]);
            if ((units[node] & LEAF_BELOW) != 0) {
                return units[base] & ~LEAF;
            }
        }
        return -1;
    }

    private boolean isChild(int node, int label) {
        return (units[node] & (LEAF | 0xFF)) == label;
    }

    private static int offset(int unit) {
        return unit >>> 10 << ((unit & COARSE) >>> 6);
    }

    private static void requireUtf8(byte[] strings) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(strings));
        } catch (CharacterCodingException e) {
            require(false);
        }
    }

    private static void require(boolean sound) {
        if (!sound) {
            throw new UnsupportedConstructException("normalizer Precompiled with a damaged precompiled_charsmap");
        }
    }
}
