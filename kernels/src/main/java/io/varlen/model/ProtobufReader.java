package io.varlen.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Walks the fields of one untrusted <a href="https://protobuf.dev/programming-guides/encoding/">protobuf</a> message in an array.
 * Whatever is malformed is a {@link Malformed} with the byte where it stands.
 */
final class ProtobufReader {
    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int BYTES = 2;
    static final int FIXED32 = 5;

    private final byte[] data;
    private final int end;
    private int at;
    private int fieldNumber;
    private int wireType;

    /** The message is malformed. */
    static final class Malformed extends RuntimeException {
        Malformed(int at, String what) {
            super(what + " at byte " + at);
        }
    }

    ProtobufReader(byte[] data) {
        this(data, 0, data.length);
    }

    private ProtobufReader(byte[] data, int from, int to) {
        this.data = data;
        this.at = from;
        this.end = to;
    }

    /** Steps to the next field, whose value must then be read or skipped; false at the end of the message. */
    boolean next() {
        if (at == end) {
            return false;
        }
        int start = at;
        long tag = varint();
        wireType = (int) (tag & 7);
        if (tag >>> 3 < 1 || tag >>> 3 > 0x1fffffff) {
            throw new Malformed(start, "no field has the number " + (tag >>> 3));
        }
        fieldNumber = (int) (tag >>> 3);
        return true;
    }

    int field() {
        return fieldNumber;
    }

    int wireType() {
        return wireType;
    }

    long readVarint() {
        require(VARINT);
        return varint();
    }

    String readString() {
        ByteBuffer bytes = readBytes();
        return StandardCharsets.UTF_8.decode(bytes).toString();
    }

    /** A view of the data, little-endian. */
    ByteBuffer readBytes() {
        require(BYTES);
        int length = length();
        ByteBuffer view = ByteBuffer.wrap(data, at, length).slice().order(ByteOrder.LITTLE_ENDIAN);
        at += length;
        return view;
    }

    ProtobufReader readMessage() {
        require(BYTES);
        int length = length();
        ProtobufReader message = new ProtobufReader(data, at, at + length);
        at += length;
        return message;
    }

    void skip() {
        switch (wireType) {
            case VARINT -> varint();
            case FIXED64 -> advance(Long.BYTES);
            case BYTES -> advance(length());
            case FIXED32 -> advance(Integer.BYTES);
            default -> throw new Malformed(at, "unknown wire type " + wireType);
        }
    }

    /** Varints one behind the other, as in a packed field. */
    boolean hasMore() {
        return at < end;
    }

    long varint() {
        long value = 0;
        int start = at;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            if (at == end) {
                throw new Malformed(start, "a number is cut off");
            }
            byte next = data[at++];
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new Malformed(start, "a number is longer than ten bytes");
    }

    private int length() {
        int start = at;
        long length = varint();
        if (length < 0 || length > end - at) {
            throw new Malformed(
                    start, "a length of " + Long.toUnsignedString(length) + " with " + (end - at) + " bytes left");
        }
        return (int) length;
    }

    private void advance(int bytes) {
        if (bytes > end - at) {
            throw new Malformed(at, "a value is cut off");
        }
        at += bytes;
    }

    private void require(int type) {
        if (wireType != type) {
            throw new Malformed(at, "field " + fieldNumber + " has wire type " + wireType + " instead of " + type);
        }
    }
}
