package io.varlen.packing;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The identity of a set of rows, whatever their order: the sum modulo 2^256 of their hashes, each read as a big-endian
 * number. Mutable, not safe for concurrent use; partial sums are {@link #merge merged} in any order.
 */
public final class Digest implements Serializable {
    private static final int BYTES = 32;
    private static final long[] ONE = {0, 0, 0, 1};

    // four 64-bit words, the most significant first
    private final long[] words = new long[BYTES / Long.BYTES];

    /**
     * From what {@link #hex()} gives.
     *
     * @throws IllegalArgumentException if it is not 64 hexadecimal digits
     */
    public static Digest ofHex(String hex) {
        return new Digest().add(HexFormat.of().parseHex(hex));
    }

    /** Adds one row's {@link RowHash} and returns this. */
    public Digest add(byte[] rowHash) {
        if (rowHash.length != BYTES) {
            throw new IllegalArgumentException("a row hash has " + BYTES + " bytes, not " + rowHash.length);
        }
        long[] addend = new long[words.length];
        ByteBuffer.wrap(rowHash).asLongBuffer().get(addend);
        return add(addend);
    }

    /** Adds the rows of {@code other} and returns this. */
    public Digest merge(Digest other) {
        return add(other.words.clone());
    }

    /** Takes out the rows of {@code other} and returns this: undoes {@link #merge}. */
    public Digest subtract(Digest other) {
        long[] complement = new long[words.length];
        for (int i = 0; i < words.length; i++) {
            complement[i] = ~other.words[i];
        }
        return add(complement).add(ONE);
    }

    /** 64 lower-case hexadecimal digits. */
    public String hex() {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        bytes.asLongBuffer().put(words);
        return HexFormat.of().formatHex(bytes.array());
    }

    private Digest add(long[] addend) {
        long carry = 0;
        for (int i = words.length - 1; i >= 0; i--) {
            long sum = words[i] + addend[i];
            long overflow = Long.compareUnsigned(sum, addend[i]) < 0 ? 1 : 0;
            words[i] = sum + carry;
            carry = overflow + (carry == 1 && words[i] == 0 ? 1 : 0);
        }
        return this;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Digest that && Arrays.equals(words, that.words);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(words);
    }

    @Override
    public String toString() {
        return hex();
    }
}
