package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** The library of the emulator as Java sees it; what it finds wrong is tested in C++. */
class EmulatorTest {
    private static final int THREADS = 64;
    private static final int PARAMS_BYTES = 24;

    private final Memory in = new Memory(THREADS * Float.BYTES);
    private final Memory out = new Memory(THREADS * Float.BYTES);

    @Test
    void runsAKernel() {
        for (int i = 0; i < THREADS; i++) {
            in.setFloat((long) i * Float.BYTES, i);
        }
        Emulator.Kernels kernels = Emulator.kernels();
        assertThat(kernels.emulate_params_size("neighbours")).isEqualTo(PARAMS_BYTES);
        int status = kernels.emulate("neighbours", 1, THREADS, THREADS * Float.BYTES, params(), PARAMS_BYTES);
        assertThat(status).as(status == 0 ? "" : kernels.emulate_message()).isZero();
        for (int i = 0; i < THREADS; i++) {
            assertThat(out.getFloat((long) i * Float.BYTES)).isEqualTo(i ^ 1);
        }
    }

    @Test
    void saysWhatIsWrong() {
        Emulator.Kernels kernels = Emulator.kernels();
        assertThat(kernels.emulate("neighbours", 1, THREADS, THREADS, params(), PARAMS_BYTES))
                .isNotZero();
        assertThat(kernels.emulate_message())
                .startsWith("neighbours, block 0, thread 16, ")
                .contains("lies beyond the 64");
    }

    private ByteBuffer params() {
        return ByteBuffer.allocateDirect(PARAMS_BYTES)
                .order(ByteOrder.nativeOrder())
                .putLong(Pointer.nativeValue(in))
                .putLong(Pointer.nativeValue(out))
                .rewind();
    }
}
