package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The device that tests of the backend run on: an emulated one, or with {@code -Dvarlen.test.device=cuda} the first one of this machine,
 * whatever its age; then a machine without one fails the tests.
 */
final class TestDevice {
    private static final boolean REAL =
            System.getProperty("varlen.test.device", "").equals("cuda");

    private TestDevice() {}

    /**
     * Skips the test where the device is to be emulated and there is no emulator.
     *
     * @param capability of an emulated device
     * @param memory bytes that an emulated device has
     */
    static Driver driver(int capability, long memory) {
        if (REAL) {
            return JCudaDriver.load();
        }
        Emulator.kernels();
        return EmulatedDriver.of(capability, memory);
    }

    static Driver driver(int capability) {
        return driver(capability, 2L << 30);
    }

    /** That these kernels have run, as far as the device counts them, and no matter which where its age is not the emulated one's. */
    static void requireLaunched(Driver.Device device, String... kernels) {
        if (device instanceof EmulatedDriver.Opened emulated) {
            assertThat(emulated.launches()).containsKeys(kernels);
        }
    }
}
