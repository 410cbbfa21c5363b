package io.varlen.internal.cuda;

import static org.junit.jupiter.api.Assumptions.abort;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The device code on the emulator of one thread block, built from {@code src/test/cuda} with g++. Where there is no g++, a test that asks
 * for it is skipped, unless {@code -Dvarlen.test.require=emulator} demands it; what does not compile is a failure always.
 */
final class Emulator {
    /** As {@code src/test/cuda/emulator_runtime.h} declares it. Any number of threads may call it at once. */
    interface Kernels extends Library {
        /**
         * Runs all thread blocks of a kernel.
         *
         * @param params the kernel's struct, as a direct buffer; pointers in it are addresses of this process
         * @return 0, or else {@link #emulate_message()} says what was wrong
         */
        int emulate(String kernel, int grid, int threads, int sharedBytes, ByteBuffer params, long paramsSize);

        /** Of the last call of this thread that failed: one line. */
        String emulate_message();

        /** The bytes of the kernel's struct; 0 if there is no such kernel. */
        long emulate_params_size(String kernel);

        int emulate_kernels();

        /** @param index below {@link #emulate_kernels()} */
        String emulate_kernel(int index);
    }

    private static Kernels kernels;

    private Emulator() {}

    static synchronized Kernels kernels() {
        if (kernels == null) {
            kernels = Native.load(build("library").toString(), Kernels.class);
        }
        return kernels;
    }

    /** The executable of all {@code *_test.cpp}, with AddressSanitizer and UBSan. */
    static Path tests() {
        return build("tests");
    }

    /** A {@code libcuda.so.1} that runs kernels on the emulator. */
    static Path driver() {
        return build("driver");
    }

    private static Path build(String what) {
        try {
            if (!hasCompiler()) {
                String missing = "no g++: device code is not run on the emulator";
                if (System.getProperty("varlen.test.require", "").contains("emulator")) {
                    throw new AssertionError(missing);
                }
                return abort(missing);
            }
            Process build = new ProcessBuilder("src/test/cuda/build", what)
                    .redirectErrorStream(true)
                    .start();
            String output = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (build.waitFor() != 0) {
                throw new AssertionError("src/test/cuda/build " + what + ":\n" + output);
            }
            return Path.of(output.substring(output.lastIndexOf('\n') + 1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static boolean hasCompiler() throws InterruptedException {
        try {
            return new ProcessBuilder("g++", "--version")
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
