package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import io.varlen.ForkedJvm;
import io.varlen.attention.DeviceException;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way through JCuda and its native library, to a {@code libcuda.so.1} that stands in for the driver. */
class JCudaStandInTest {
    @TempDir
    private Path temp;

    /** In a JVM of its own, because a JVM has one {@code libcuda.so.1}. */
    @Test
    void everyCallArrivesAndComesBack() throws Exception {
        String library = Emulator.driver().toString();
        List<String> lines = ForkedJvm.run(
                Main.class,
                Map.of(
                        "spark.varlen.native.dir",
                        temp.resolve("natives").toString(),
                        "java.io.tmpdir",
                        temp.toString()),
                library);
        assertThat(lines)
                .containsSubsequence(
                        "devices: [DeviceProperties[ordinal=0, name=stand-in device, capability=80, multiprocessors=4, "
                                + "sharedPerBlock=166912, memory=1073741824]]",
                        "identity: DeviceIdentity[ordinal=0, uuid=a0a1a2a3-a4a5-a6a7-a8a9-aaabacadae00, pciBusId=0000:20:00.0]",
                        "uploaded: true",
                        "neighbours: true",
                        "copied: 0.0 0.0 4.0",
                        "from another thread: true",
                        "OUT_OF_MEMORY: taking 2147483648 bytes of device memory: CUDA_ERROR_OUT_OF_MEMORY (2)",
                        "USAGE: finding kernel none: CUDA_ERROR_NOT_FOUND (500)",
                        "free again: true",
                        "closed");
        assertThat(temp).isDirectoryNotContaining("glob:**libJCudaDriver*");
        assertThat(temp.resolve("natives")).isDirectoryNotContaining("glob:**jcuda*"); // it is mapped, its file is gone
    }

    @Test
    void withoutJCudaThereIsOneLine() throws Exception {
        List<String> lines = ForkedJvm.run(
                WithoutJCuda.class,
                Map.of("spark.varlen.native.dir", temp.resolve("natives").toString()),
                Emulator.driver().toString());
        assertThat(lines).contains("InvalidInputException: JCuda does not load: jcuda/LogLevel");
    }

    @Test
    void aDriverThatIsTooOldIsOneLine() throws Exception {
        List<String> lines = ForkedJvm.run(
                TooOld.class,
                Map.of("spark.varlen.native.dir", temp.resolve("natives").toString()),
                Emulator.driver().toString());
        assertThat(lines)
                .contains("InvalidInputException: the NVIDIA driver is for CUDA 11.8; "
                        + "it takes a driver for CUDA 12.0, which is 525, or later");
    }

    /** Run in a JVM of its own. */
    static final class TooOld {
        public static void main(String[] arguments) {
            Function setenv = Function.getFunction("c", "setenv");
            setenv.invoke(Integer.class, new Object[] {"VARLEN_STAND_IN_VERSION", "11080", 1});
            Load.load(arguments[0]);
        }
    }

    /** Run in a JVM of its own, with classes as they are where the jars of JCuda are not. */
    static final class WithoutJCuda {
        public static void main(String[] arguments) throws Exception {
            List<URL> path = new ArrayList<>();
            for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
                if (!entry.contains("jcuda")) {
                    path.add(Path.of(entry).toUri().toURL());
                }
            }
            ClassLoader loader = new URLClassLoader(path.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
            loader.loadClass(Load.class.getName())
                    .getDeclaredMethod("load", String.class)
                    .invoke(null, arguments[0]);
        }
    }

    /** Loads the driver. */
    public static final class Load {
        public static void load(String library) {
            NativeLibrary.getInstance(library);
            try {
                JCudaDriver.load();
            } catch (RuntimeException e) {
                System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
            }
        }
    }

    /** Run in a JVM of its own. */
    static final class Main {
        private static final Kernel NEIGHBOURS = new Kernel("emulator_kernels", "neighbours", 64);

        public static void main(String[] arguments) throws InterruptedException {
            NativeLibrary.getInstance(arguments[0]);
            Driver driver = JCudaDriver.load();
            System.out.println("devices: " + driver.devices());
            System.out.println("identity: " + driver.identity(0));
            Driver.Device device = driver.open(0);
            long free = device.freeMemory();
            CudaSession session = new CudaSession(device, 256L << 20);
            use(session, device);
            session.memory().close();
            System.out.println("free again: " + (device.freeMemory() == free));
            session.close();
            System.out.println("closed");
        }

        private static void use(CudaSession session, Driver.Device device) throws InterruptedException {
            float[] numbers = new float[700_000]; // more than two staging buffers
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = i;
            }
            CudaTensor tensor = session.upload(numbers, Element.F32, 1, numbers.length);
            System.out.println("uploaded: " + java.util.Arrays.equals(numbers, tensor.toArray()));
            CudaTensor out = session.tensor(Element.F32, 1, 64);
            Params params = Params.of(24).put(0, tensor.address()).put(8, out.address());
            session.launcher().launch(NEIGHBOURS, 1, 64 * Float.BYTES, params, session.stream());
            boolean right = true;
            float[] result = out.toArray();
            for (int i = 0; i < 64; i++) {
                right &= result[i] == (i ^ 1);
            }
            System.out.println("neighbours: " + right);
            device.clear(out.address(), 8, session.stream().handle());
            device.copy(out.address(2), tensor.address(4), 4, session.stream().handle());
            result = out.toArray();
            System.out.println("copied: " + result[0] + " " + result[1] + " " + result[2]);
            Thread other = new Thread(() ->
                    System.out.println("from another thread: " + (tensor.toArray()[5] == 5 && out.toArray()[0] == 0)));
            other.start();
            other.join();
            report(() -> device.allocate(1L << 31));
            report(() -> device.function(device.load("emulator_kernels"), "none"));
            tensor.close();
            out.close();
        }

        private static void report(Supplier<Long> call) {
            try {
                System.out.println("no failure: " + call.get());
            } catch (DeviceException e) {
                System.out.println(e.kind() + ": " + e.getMessage());
            }
        }
    }
}
