package io.varlen.spark.export;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What stands before the values of a one-dimensional array in MDS's encoding {@code ndarray:<dtype>}: a byte with the
 * number of dimensions and the width of their sizes, then the sizes.
 */
final class MdsArray {
    private static final int DIMENSIONS = 1;

    private MdsArray() {}

    static byte[] prefix(int length) {
        int widthCode = length < 1 << Byte.SIZE ? 0 : length < 1 << Short.SIZE ? 1 : 2;
        ByteBuffer prefix = ByteBuffer.allocate(1 + (1 << widthCode)).order(ByteOrder.LITTLE_ENDIAN);
        prefix.put((byte) (DIMENSIONS << 2 | widthCode));
        switch (widthCode) {
            case 0 -> prefix.put((byte) length);
            case 1 -> prefix.putShort((short) length);
            default -> prefix.putInt(length);
        }
        return prefix.array();
    }
}
