package io.varlen.spark.input;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A document that is more than a text, as the bytes of {@link Document#text}: little-endian int32 length of the first part,
 * the first part, the second part. The parts are the UTF-8 of prompt and completion, or token ids as little-endian int32
 * and their loss mask.
 */
public final class DocumentContent {
    private DocumentContent() {}

    /** @param second may be null, like an empty one */
    static byte[] of(byte[] first, byte[] second) {
        int length = second == null ? 0 : second.length;
        ByteBuffer content = ByteBuffer.allocate(Math.addExact(Integer.BYTES + first.length, length))
                .order(ByteOrder.LITTLE_ENDIAN);
        content.putInt(first.length).put(first);
        if (second != null) {
            content.put(second);
        }
        return content.array();
    }

    /** Where the first part starts in the content. */
    public static int firstStart() {
        return Integer.BYTES;
    }

    /** Where the second part starts in the content. */
    public static int secondStart(byte[] content) {
        return Integer.BYTES + buffer(content).getInt();
    }

    /** The first part as token ids. */
    public static int[] ids(byte[] content) {
        int[] ids = new int[(secondStart(content) - firstStart()) / Integer.BYTES];
        buffer(content).position(firstStart()).asIntBuffer().get(ids);
        return ids;
    }

    /** The second part as a loss mask. */
    public static byte[] lossMask(byte[] content) {
        return Arrays.copyOfRange(content, secondStart(content), content.length);
    }

    private static ByteBuffer buffer(byte[] content) {
        // the position keeps the order, a slice would not
        return ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Collects a list of numbers as one of the parts, and remembers the first thing that is wrong with it. */
    static final class Numbers {
        private final boolean mask;
        private byte[] bytes = new byte[256];
        private int size;
        private String wrong;

        /** @param mask 0 and 1 as bytes, else token ids as int32 */
        Numbers(boolean mask) {
            this.mask = mask;
        }

        void add(long value) {
            if (value < 0 || value > (mask ? 1 : Integer.MAX_VALUE)) {
                wrong("holds " + value + "; "
                        + (mask ? "a loss mask is of 0 and 1" : "token ids are from 0 to 2147483647"));
                return;
            }
            int width = mask ? 1 : Integer.BYTES;
            if (size + width > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.multiplyExact(2, bytes.length));
            }
            for (int i = 0; i < width; i++) {
                bytes[size++] = (byte) (value >>> Byte.SIZE * i);
            }
        }

        void wrong(String what) {
            wrong = wrong == null ? what : wrong;
        }

        /** Null if nothing is. */
        String wrong() {
            return wrong;
        }

        byte[] bytes() {
            return Arrays.copyOf(bytes, size);
        }
    }

    /** What is wrong with ids and a mask that do not go together; null if nothing is. */
    static String mismatch(DocumentColumns columns, byte[] ids, byte[] mask) {
        int count = ids.length / Integer.BYTES;
        return mask == null || mask.length == count
                ? null
                : "'" + columns.second() + "' has " + mask.length + " entries, '" + columns.first() + "' has " + count;
    }
}
