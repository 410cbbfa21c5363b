package io.varlen.model;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes protobuf messages as ONNX has them, right ones and wrong ones. */
final class OnnxWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    OnnxWriter varint(int field, long value) {
        return rawVarint((long) field << 3).rawVarint(value);
    }

    OnnxWriter bytes(int field, byte[] value) {
        rawVarint((long) field << 3 | 2).rawVarint(value.length);
        out.writeBytes(value);
        return this;
    }

    OnnxWriter text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    OnnxWriter message(int field, OnnxWriter value) {
        return bytes(field, value.toBytes());
    }

    OnnxWriter raw(int... bytes) {
        for (int b : bytes) {
            out.write(b);
        }
        return this;
    }

    byte[] toBytes() {
        return out.toByteArray();
    }

    private OnnxWriter rawVarint(long value) {
        long rest = value;
        for (; (rest & ~0x7fL) != 0; rest >>>= 7) {
            out.write((int) (rest & 0x7f | 0x80));
        }
        out.write((int) rest);
        return this;
    }

    static OnnxWriter node(String operator, String name, String... inputs) {
        OnnxWriter node = new OnnxWriter();
        for (String input : inputs) {
            node.text(1, input);
        }
        return node.text(2, name + "_output_0").text(3, name).text(4, operator);
    }

    static OnnxWriter tensor(String name, float[] elements, long... shape) {
        OnnxWriter tensor = new OnnxWriter();
        for (long dimension : shape) {
            tensor.varint(1, dimension);
        }
        ByteBuffer raw = ByteBuffer.allocate(4 * elements.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(elements);
        return tensor.varint(2, 1).text(8, name).bytes(9, raw.array());
    }

    static byte[] model(OnnxWriter graph) {
        return new OnnxWriter()
                .varint(1, 6)
                .text(2, "pytorch")
                .message(7, graph)
                .raw(0x0d, 1, 2, 3, 4) // a fixed32 field
                .raw(0x11, 1, 2, 3, 4, 5, 6, 7, 8) // a fixed64 field
                .toBytes();
    }
}
