package io.varlen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.InvalidInputException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OnnxWeightsTest {
    @Test
    void namesAndTransposesTheAnonymousWeightsOfLinearLayers() {
        OnnxWeights weights = open(OnnxWriter.model(graph()));
        assertThat(weights.contains("encoder.dense.weight")).isTrue();
        assertThat(weights.contains("encoder.dense.bias")).isTrue();
        assertThat(weights.contains("encoder.other.weight")).isFalse();
        assertThat(weights.read("encoder.dense.weight", 3, 2)).containsExactly(1, 4, 2, 5, 3, 6);
        assertThat(weights.read("encoder.dense.bias", 3)).containsExactly(7, 8, 9);
    }

    @Test
    void readsPackedDimensions() {
        OnnxWriter tensor = new OnnxWriter()
                .bytes(1, new byte[] {2, 1})
                .varint(2, 1)
                .text(8, "t")
                .bytes(9, new byte[8]);
        assertThat(open(OnnxWriter.model(new OnnxWriter().message(5, tensor))).read("t", 2, 1))
                .containsExactly(0, 0);
    }

    @Test
    void refusesTensorsThatAreNotWhatTheyClaim() {
        assertRefused("[2, 3], but", () -> open(OnnxWriter.model(graph())).read("encoder.dense.weight", 2, 3));
        assertRefused("no tensor 'x'", () -> open(OnnxWriter.model(graph())).read("x", 1));
        assertRefused("8 bytes of raw", () -> read(OnnxWriter.tensor("t", new float[3], 2)));
        assertRefused("dimension -1", () -> read(OnnxWriter.tensor("t", new float[2], -1)));
        assertRefused("8 dimensions", () -> read(OnnxWriter.tensor("t", new float[2], 1, 1, 1, 1, 1, 1, 1, 1, 1)));
        assertRefused(
                "has the shape [4611686018427387904]", () -> read(OnnxWriter.tensor("t", new float[2], 1L << 62)));
        assertRefused(
                "raw fp32",
                () -> read(
                        new OnnxWriter().varint(1, 2).varint(2, 7).text(8, "t").bytes(9, new byte[8])));
        assertRefused(
                "raw fp32",
                () -> read(new OnnxWriter().varint(1, 2).varint(2, 1).text(8, "t")));
        assertRefused(
                "comes twice",
                () -> open(OnnxWriter.model(graph().message(5, OnnxWriter.tensor("b", new float[0], 0)))));
    }

    @Test
    void refusesWhatIsNoModel() {
        assertRefused("no graph", () -> open(new byte[0]));
        assertRefused("no graph", () -> open(new OnnxWriter().varint(1, 6).toBytes()));
        assertRefused(
                "wire type 0 instead of 2",
                () -> open(new OnnxWriter().varint(7, 6).toBytes()));
        assertRefused(
                "unknown wire type 3", () -> open(new OnnxWriter().raw(0x0b).toBytes()));
        assertRefused(
                "no field has the number 0",
                () -> open(new OnnxWriter().raw(0x02, 0).toBytes()));
        assertRefused("cut off", () -> open(new OnnxWriter().raw(0x80).toBytes()));
        assertRefused("cut off", () -> open(new OnnxWriter().raw(0x0d, 1, 2).toBytes()));
        assertRefused(
                "longer than ten bytes",
                () -> open(new OnnxWriter()
                        .raw(0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)
                        .toBytes()));
        assertRefused(
                "a length of 18446744073709551615",
                () -> open(new OnnxWriter()
                        .raw(0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)
                        .toBytes()));
        assertRefused(
                "a length of 4294967295",
                () -> open(new OnnxWriter()
                        .raw(0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f, 0)
                        .toBytes()));
    }

    @Test
    void aModelThatIsCutAnywhereIsRefusedOrLacksItsTail() {
        byte[] whole = OnnxWriter.model(graph());
        for (int length = 0; length < whole.length - 14; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThat(Hostile.refused(() -> readAll(cut)))
                    .as("cut to %d bytes", length)
                    .isTrue();
        }
    }

    @Test
    void flippedBitsAndRandomBytesNeverLeadAstray() {
        byte[] whole = OnnxWriter.model(graph());
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] damaged = whole.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            Hostile.refused(() -> readAll(damaged));
        }
        for (int seed = 0; seed < 20_000; seed++) {
            Random dice = new Random(seed);
            byte[] damaged = whole.clone();
            for (int i = dice.nextInt(8); i >= 0; i--) {
                damaged[dice.nextInt(damaged.length)] = (byte) dice.nextInt(256);
            }
            try {
                Hostile.refused(() -> readAll(damaged));
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private static void readAll(byte[] model) {
        OnnxWeights weights = open(model);
        weights.read("encoder.dense.weight", 3, 2);
        weights.read("encoder.dense.bias", 3);
    }

    private static float[] read(OnnxWriter tensor) {
        return open(OnnxWriter.model(new OnnxWriter().message(5, tensor))).read("t", 2);
    }

    private static OnnxWeights open(byte[] model) {
        return new OnnxWeights("model.onnx", model);
    }

    private static OnnxWriter graph() {
        return new OnnxWriter()
                .message(1, OnnxWriter.node("MatMul", "/encoder/dense/MatMul", "x", "onnx::MatMul_7"))
                .message(1, OnnxWriter.node("MatMul", "/encoder/other/MatMul", "x"))
                .message(1, OnnxWriter.node("Add", "/encoder/dense/Add", "b", "y"))
                .message(5, OnnxWriter.tensor("onnx::MatMul_7", new float[] {1, 2, 3, 4, 5, 6}, 2, 3))
                .message(5, OnnxWriter.tensor("b", new float[] {1}, 1))
                .message(5, OnnxWriter.tensor("encoder.dense.bias", new float[] {7, 8, 9}, 3));
    }

    private static void assertRefused(String message, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("model.onnx")
                .hasMessageContaining(message);
    }
}
