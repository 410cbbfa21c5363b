package io.varlen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.InvalidInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {
    @TempDir
    private Path temp;

    private Path file;

    @BeforeEach
    void name() {
        file = temp.resolve("model.safetensors");
    }

    @Test
    void readsTheThreeFloatTypes() throws IOException {
        byte[] halves = shorts(0x3c00, 0xc000, 0x0001);
        byte[] brains = shorts(0x3f80, 0xc040, 0x0000);
        new SafetensorsWriter()
                .f32("a", new float[] {1.5f, -2f, Float.MIN_VALUE, 4f}, 2, 2)
                .raw("b", "F16", halves, 3)
                .raw("ids", "I64", new byte[16], 2)
                .raw("c", "BF16", brains, 3, 1)
                .raw("nothing", "F32", new byte[0], 0, 5)
                .f32("scalar", new float[] {9f})
                .write(file);
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            assertThat(tensors.names()).containsExactly("a", "b", "ids", "c", "nothing", "scalar");
            assertThat(tensors.read("a", 2, 2)).containsExactly(1.5f, -2f, Float.MIN_VALUE, 4f);
            assertThat(tensors.read("b", 3)).containsExactly(1f, -2f, 0x1p-24f);
            assertThat(tensors.read("c", 3, 1)).containsExactly(1f, -3f, 0f);
            assertThat(tensors.read("nothing", 0, 5)).isEmpty();
            assertThat(tensors.read("scalar")).containsExactly(9f);
            assertThatThrownBy(() -> tensors.read("a", 4))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("'a' has the shape [2, 2]")
                    .hasMessageContaining("[4]");
            assertThatThrownBy(() -> tensors.read("ids", 2))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("I64");
        }
    }

    @Test
    void readsTensorsLargerThanOneChunk() throws IOException {
        float[] elements = new float[700_001];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = i * 0.5f;
        }
        new SafetensorsWriter()
                .f32("a", new float[3], 3)
                .f32("b", elements, elements.length)
                .write(file);
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            assertThat(Arrays.equals(tensors.read("b", elements.length), elements))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {'a':{'dtype':'F32','shape':[2],'data_offsets':[0,4]}}                  | cannot have 4 bytes
            {'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}                  | begins at byte
            {'a':{'dtype':'F32','shape':[3],'data_offsets':[0,12]}}                 | data_offsets
            {'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}}                  | data_offsets
            {'a':{'dtype':'F32','shape':[2],'data_offsets':[-8,0]}}                 | data_offsets
            {'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8,16]}}               | data_offsets
            {'a':{'dtype':'F32','shape':[2],'data_offsets':[0,1e1]}}                | data_offsets
            {'a':{'dtype':'F32','shape':[2],'data_offsets':[0,99999999999999999999]}} | data_offsets
            {'a':{'dtype':'F32','shape':[2]}}                                       | data_offsets
            {'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}}                 | shape
            {'a':{'dtype':'F32','shape':[2.0],'data_offsets':[0,8]}}                | shape
            {'a':{'dtype':'F32','shape':['2'],'data_offsets':[0,8]}}                | shape
            {'a':{'dtype':'F32','shape':2,'data_offsets':[0,8]}}                    | shape
            {'a':{'dtype':'F32','shape':[9223372036854775807,2],'data_offsets':[0,8]}} | cannot have 8 bytes
            {'a':{'dtype':'F32','shape':[4611686018427387904,4],'data_offsets':[0,8]}} | cannot have 8 bytes
            {'a':{'dtype':'F32','shape':[4294967296,4294967296,0],'data_offsets':[0,8]}} | cannot have 8 bytes
            {'a':{'dtype':'F31','shape':[2],'data_offsets':[0,8]}}                  | dtype
            {'a':{'dtype':32,'shape':[2],'data_offsets':[0,8]}}                     | dtype
            {'a':7}                                                                 | dtype
            {'a':null}                                                              | dtype
            {'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}                  | end at byte
            {'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | begins at byte
            {'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | begins at byte
            {'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | Duplicate
            {'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} x                | not valid JSON
            []                                                                      | must be a JSON object
            {}                                                                      | end at byte
            {                                                                       | not valid JSON
            """)
    void refusesAHeaderThatIsNotRight(String header, String message) throws IOException {
        Files.write(file, SafetensorsWriter.file(header.replace('\'', '"'), new byte[8]));
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(message);
        assertThat(Hostile.refused(() -> SafetensorsFile.open(file))).isTrue();
    }

    @Test
    void refusesHeaderLengthsThatTheFileDoesNotHave() throws IOException {
        byte[] header = "{}".getBytes(StandardCharsets.UTF_8);
        for (long claimed : new long[] {3, 1L << 31, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, -1}) {
            Files.write(file, SafetensorsWriter.file(claimed, header, new byte[0]));
            assertThatThrownBy(() -> SafetensorsFile.open(file))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining(Long.toUnsignedString(claimed) + " bytes of a file of 10");
        }
    }

    @Test
    void refusesAHeaderThatIsNestedDeeply() throws IOException {
        for (int depth : new int[] {900, 1_000_000}) {
            String header = "{\"a\":" + "[".repeat(depth) + "]".repeat(depth) + "}";
            Files.write(file, SafetensorsWriter.file(header, new byte[0]));
            assertThat(Hostile.refused(() -> SafetensorsFile.open(file))).isTrue();
        }
    }

    @Test
    void refusesAHeaderThatIsFarTooLong() throws IOException {
        Files.write(file, SafetensorsWriter.file("{" + " ".repeat(4 << 20) + "}", new byte[0]));
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("longer than 4194304");
    }

    @Test
    void refusesAMissingFileAndAFolder() {
        assertThat(Hostile.refused(() -> SafetensorsFile.open(file))).isTrue();
        assertThat(Hostile.refused(() -> SafetensorsFile.open(temp))).isTrue();
    }

    @Test
    void aFileThatIsCutAnywhereIsRefused() throws IOException {
        byte[] whole = valid();
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThat(Hostile.refused(this::readAll))
                    .as("cut to %d bytes", length)
                    .isTrue();
        }
        Files.write(file, Arrays.copyOf(whole, whole.length + 1));
        assertThat(Hostile.refused(this::readAll)).isTrue();
    }

    @Test
    void aFileThatShrinksWhileItIsOpenIsRefused() throws IOException {
        byte[] whole = valid();
        Files.write(file, whole);
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            Files.write(file, Arrays.copyOf(whole, whole.length - 4));
            assertThat(Hostile.refused(() -> tensors.read("bias", 3))).isTrue();
        }
    }

    @Test
    void flippedBitsNeverLeadAstray() throws IOException {
        byte[] whole = valid();
        int refused = 0;
        int header = 8 + ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getInt();
        for (int bit = 0; bit < header * 8; bit++) {
            byte[] damaged = whole.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(file, damaged);
            refused += Hostile.refused(this::readAll) ? 1 : 0;
        }
        assertThat(refused).isGreaterThan(header * 8 / 2);
    }

    @Test
    void randomBytesNeverLeadAstray() throws IOException {
        byte[] whole = valid();
        for (int seed = 0; seed < 800; seed++) {
            Random dice = new Random(seed);
            byte[] damaged = whole.clone();
            for (int i = dice.nextInt(12); i >= 0; i--) {
                damaged[dice.nextInt(damaged.length)] = (byte) "0123456789-[]{},:\"F\0".charAt(dice.nextInt(20));
            }
            Files.write(file, damaged);
            try {
                Hostile.refused(this::readAll);
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private void readAll() {
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            tensors.read("weight", 3, 4);
            tensors.read("bias", 3);
        }
    }

    private byte[] valid() throws IOException {
        new SafetensorsWriter()
                .f32("weight", new float[12], 3, 4)
                .raw("bias", "BF16", new byte[6], 3)
                .write(file);
        return Files.readAllBytes(file);
    }

    private static byte[] shorts(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(values).forEach(value -> bytes.putShort((short) value));
        return bytes.array();
    }
}
