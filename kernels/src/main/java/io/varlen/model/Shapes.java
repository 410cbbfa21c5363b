package io.varlen.model;

import io.varlen.InvalidInputException;
import java.util.Arrays;

/** Arithmetic on untrusted shapes. */
final class Shapes {
    private Shapes() {}

    /** The bytes of a tensor whose dimensions are not negative; {@link Long#MAX_VALUE} if a long cannot hold them. */
    static long bytes(long[] shape, int elementBytes) {
        if (Arrays.stream(shape).anyMatch(dimension -> dimension == 0)) {
            return 0;
        }
        long bytes = elementBytes;
        for (long dimension : shape) {
            if (dimension > Long.MAX_VALUE / bytes) {
                return Long.MAX_VALUE;
            }
            bytes *= dimension;
        }
        return bytes;
    }

    static long elements(int[] shape) {
        return bytes(Arrays.stream(shape).asLongStream().toArray(), 1);
    }

    /** @throws InvalidInputException if a tensor is not of the shape that the model's configuration expects */
    static void require(String file, String name, long[] shape, int... expected) {
        if (!Arrays.equals(shape, Arrays.stream(expected).asLongStream().toArray())) {
            throw new InvalidInputException(file + ": tensor '" + JsonFile.excerpt(name) + "' has the shape "
                    + text(shape) + ", but the model's configuration asks for " + Arrays.toString(expected));
        }
        if (elements(expected) > Integer.MAX_VALUE - 8) {
            throw new InvalidInputException(file + ": tensor '" + JsonFile.excerpt(name) + "' of " + text(shape)
                    + " has more than 2^31 elements");
        }
    }

    /** As it may stand in a message. */
    static String text(long[] shape) {
        return shape.length <= 8 ? Arrays.toString(shape) : "of " + shape.length + " dimensions";
    }
}
