package io.varlen.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Optional;

/**
 * Checks SentencePiece's compiled normalization table, which the native library walks without bounds: the size of a
 * double-array trie in bytes, its 32-bit units (Darts-clone's format), then the replacements as NUL-terminated UTF-8.
 */
final class PrecompiledCharsMap {
    private final int[] units;
    private final byte[] replacements;

    private PrecompiledCharsMap(int[] units, byte[] replacements) {
        this.units = units;
        this.replacements = replacements;
    }

    /** What is wrong with the table; empty if no text can lead a walk out of it. */
    static Optional<String> damage(byte[] table) {
        if (table.length < Integer.BYTES) {
            return Optional.of("it has " + table.length + " bytes");
        }
        ByteBuffer buffer = ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN);
        int trieBytes = buffer.getInt();
        if (trieBytes < Integer.BYTES || trieBytes % Integer.BYTES != 0 || trieBytes > buffer.remaining()) {
            return Optional.of(
                    "a trie of " + Integer.toUnsignedString(trieBytes) + " bytes in a table of " + table.length);
        }
        int[] units = new int[trieBytes / Integer.BYTES];
        buffer.asIntBuffer().get(units);
        buffer.position(buffer.position() + trieBytes);
        byte[] replacements = new byte[buffer.remaining()];
        buffer.get(replacements);
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(replacements));
        } catch (CharacterCodingException e) {
            return Optional.of("its replacements are not UTF-8");
        }
        return new PrecompiledCharsMap(units, replacements).walk();
    }

    /** Visits every node that some text can reach. */
    private Optional<String> walk() {
        BitSet seen = new BitSet();
        ArrayDeque<Integer> nodes = new ArrayDeque<>();
        nodes.add(offset(units[0]));
        while (!nodes.isEmpty()) {
            int node = nodes.remove();
            if ((node | 0xFF) >= units.length) {
                return Optional.of("node " + node + " of a trie of " + units.length + " units");
            }
            if (seen.get(node)) {
                continue;
            }
            seen.set(node);
            for (int label = 1; label <= 0xFF; label++) {
                int unit = units[node ^ label];
                if ((unit & 0x800000FF) != label) {
                    continue;
                }
                int child = node ^ label ^ offset(unit);
                if ((unit >>> 8 & 1) == 1 && (child >= units.length || !isReplacement(units[child] & 0x7FFFFFFF))) {
                    return Optional.of("a leaf at node " + child + " that names no replacement");
                }
                nodes.add(child);
            }
        }
        return Optional.empty();
    }

    private static int offset(int unit) {
        return unit >>> 10 << ((unit & 1 << 9) >>> 6);
    }

    private boolean isReplacement(int start) {
        return start == replacements.length || start < replacements.length && (replacements[start] & 0xC0) != 0x80;
    }
}
