package io.varlen.internal.cuda;

import io.varlen.attention.Backend;
import io.varlen.attention.Dtype;
import java.util.Set;

/** The CUDA backend on an emulated device, for tests of what is written over backends. */
public final class EmulatedBackends {
    private EmulatedBackends() {}

    /**
     * With all forms of attention; without a compiler for the emulator, the test that asks is skipped.
     *
     * @param capability compute capability of the device, {@code 10 · major + minor}
     */
    public static Backend open(int capability, Dtype dtype) {
        Emulator.kernels();
        return new CudaOpening(EmulatedDriver.of(capability), dtype, architecture -> Set.of()).byName();
    }
}
