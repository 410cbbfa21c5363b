package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.varlen.attention.DeviceException;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class LauncherTest {
    private static final Kernel NEIGHBOURS = new Kernel("emulator_kernels", "neighbours", 64);

    private final EmulatedDriver.Opened device = EmulatedDriver.of(80).open(0);
    private final CudaSession session = new CudaSession(device, 64L << 20);

    @Test
    void aKernelIsRunInStreamOrder() {
        float[] numbers = new float[64];
        for (int i = 0; i < 64; i++) {
            numbers[i] = i;
        }
        CudaTensor in = session.upload(numbers, Element.F32, 1, 64);
        CudaTensor out = session.tensor(Element.F32, 1, 64);
        Params params = Params.of(24).put(0, in.address()).put(8, out.address());
        session.launcher().launch(NEIGHBOURS, 1, 64 * Float.BYTES, params, session.stream());
        params.put(0, 0L); // the launch has its own copy
        float[] result = out.toArray();
        for (int i = 0; i < 64; i++) {
            assertThat(result[i]).isEqualTo(i ^ 1);
        }
        assertThat(device.launches()).containsEntry("neighbours", 1);
    }

    @Test
    void anEmptyGridIsNothingToDo() {
        session.launcher().launch(NEIGHBOURS, 0, 0, Params.of(24), session.stream());
        assertThat(device.launches()).isEmpty();
    }

    @Test
    void whatDoesNotFitIsNamed() {
        assertThatThrownBy(() -> session.launcher().launch(NEIGHBOURS, 1L << 31, 0, Params.of(24), session.stream()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("neighbours would take 2147483648 thread blocks");
        assertThatThrownBy(() -> session.launcher().launch(NEIGHBOURS, 1, 1 << 20, Params.of(24), session.stream()))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("1048576 bytes of shared memory");
        Kernel none = new Kernel("emulator_kernels", "none", 32);
        assertThatThrownBy(() -> session.launcher().launch(none, 1, 0, Params.of(8), session.stream()))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("no kernel none");
    }

    /** On a device each file is a module. */
    @Test
    void aKernelOfAnotherFileIsNamed() {
        assumeTrue(Binaries.class.getResource("record.json") != null, "no compiled device code is among the resources");
        Kernel elsewhere = new Kernel("rope", "norm_f32_f32_f32", 128);
        assertThatThrownBy(() -> session.launcher().launch(elsewhere, 1, 0, Params.of(96), session.stream()))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("no kernel norm_f32_f32_f32 in rope.compute_80.ptx.gz");
    }

    @Test
    void paramsAreTheBytesOfAStruct() {
        Params params = Params.of(24).put(0, 1L << 40).put(8, -5).put(12, 1.5f);
        assertThat(params.bytes().isDirect()).isTrue();
        assertThat(params.bytes().order()).isEqualTo(ByteOrder.nativeOrder());
        assertThat(params.bytes().remaining()).isEqualTo(24);
        assertThat(params.bytes().getLong(0)).isEqualTo(1L << 40);
        assertThat(params.bytes().getInt(8)).isEqualTo(-5);
        assertThat(params.bytes().getFloat(12)).isEqualTo(1.5f);
        assertThat(params.bytes().getLong(16)).isZero();
    }
}
