package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.InvalidInputException;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
import io.varlen.attention.Gpu;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which device is opened for what, and why one is not. */
class CudaOpeningTest {
    private static final Function<String, Set<String>> NOTHING = architecture -> Set.of();
    private static final Function<String, Set<String>> AMPERE =
            architecture -> architecture.equals("sm_80") ? Set.of("plain", "operations") : Set.of();

    @AfterEach
    void clear() {
        System.clearProperty(Backends.CUDA_DEVICE);
        System.clearProperty(CudaOpening.MEMORY_PROPERTY);
    }

    @Test
    void autoIsTheBestTypeOfTheDevice() {
        assertThat(dtype(80, Dtype.AUTO)).isEqualTo(Dtype.BF16);
        assertThat(dtype(75, Dtype.AUTO)).isEqualTo(Dtype.FP16);
        assertThat(dtype(80, Dtype.FP32)).isEqualTo(Dtype.FP32);
        assertThat(dtype(80, Dtype.FP16)).isEqualTo(Dtype.FP16);
    }

    private static Dtype dtype(int capability, Dtype asked) {
        EmulatedDriver driver = EmulatedDriver.of(capability);
        try (CudaBackend backend = new CudaOpening(new CudaSessions(driver), asked, NOTHING).byName()) {
            assertThat(backend.description()).contains("emulated device (sm_" + capability + ")");
            return backend.dtype();
        }
    }

    @Test
    void whatCannotBeIsRefusedInOneLine() {
        assertRefused("too old", EmulatedDriver.of(70), Dtype.FP32);
        assertRefused("does not multiply bf16", EmulatedDriver.of(75), Dtype.BF16);
        System.setProperty(Backends.CUDA_DEVICE, "1");
        assertRefused("the driver shows 1 device", EmulatedDriver.of(80), Dtype.FP32);
        System.setProperty(Backends.CUDA_DEVICE, "first");
        assertRefused("is 'first'", EmulatedDriver.of(80), Dtype.FP32);
        System.setProperty(Backends.CUDA_DEVICE, "-1");
        assertRefused("is '-1'", EmulatedDriver.of(80), Dtype.FP32);
        Driver none = new Driver() {
            @Override
            public List<DeviceProperties> devices() {
                return List.of();
            }

            @Override
            public Device open(int ordinal) {
                throw new AssertionError();
            }

            @Override
            public DeviceIdentity identity(int ordinal) {
                throw new AssertionError();
            }
        };
        assertRefused("shows no device", none, Dtype.FP32);
    }

    @Test
    void allDevicesAreListedWithTheReasonsAgainstThem() {
        assertThat(gpus(70)).extracting(Gpu::whyNot).asString().contains("too old");
        assertThat(gpus(90)).extracting(Gpu::whyNot).asString().contains("no passed contract suite");
        assertThat(gpus(80)).singleElement().satisfies(gpu -> {
            assertThat(gpu.whyNot()).isNull();
            assertThat(gpu.architecture()).isEqualTo("sm_80");
            assertThat(gpu.memoryBytes()).isPositive();
        });
    }

    private static List<Gpu> gpus(int capability) {
        return new CudaOpening(new CudaSessions(EmulatedDriver.of(capability)), Dtype.AUTO, AMPERE).gpus();
    }

    @Test
    void dtypesAreThoseOfTheDevice() {
        for (int capability : new int[] {75, 80}) {
            CudaSessions sessions = new CudaSessions(EmulatedDriver.of(capability));
            try (CudaBackend backend = new CudaOpening(sessions, Dtype.FP32, NOTHING).byName()) {
                assertThat(backend.dtypes().contains(Dtype.BF16)).isEqualTo(capability == 80);
                assertThat(backend.dtypes()).contains(Dtype.FP32, Dtype.FP16);
                assertThat(backend.memoryUse().usedBytes())
                        .isBetween(0L, backend.memoryUse().budgetBytes());
            }
        }
    }

    /** The second device comes first on the bus. */
    @Test
    void anAddressChoosesTheDevice() {
        CudaSessions sessions = new CudaSessions(EmulatedDriver.two(80));
        String second = "GPU-" + sessions.identities().get(1).uuid();
        System.setProperty(Backends.CUDA_DEVICE, "7"); // has no say
        assertThat(ordinal(sessions, "0")).isEqualTo(1);
        assertThat(ordinal(sessions, "1")).isEqualTo(0);
        assertThat(ordinal(sessions, second)).isEqualTo(1);
        assertThatThrownBy(() -> ordinal(sessions, "2"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("the GPU 2 is assigned");
        try (CudaBackend one = new CudaOpening(sessions, Dtype.FP32, "0", NOTHING).byName();
                CudaBackend same = new CudaOpening(sessions, Dtype.BF16, second, NOTHING).byName();
                CudaBackend other = new CudaOpening(sessions, Dtype.FP32, "1", AMPERE).proven()) {
            assertThat(one.session()).isSameAs(same.session()).isNotSameAs(other.session());
        }
    }

    private static int ordinal(CudaSessions sessions, String address) {
        try (CudaBackend backend = new CudaOpening(sessions, Dtype.FP32, address, NOTHING).byName()) {
            return backend.session().device().properties().ordinal();
        }
    }

    private static void assertRefused(String why, Driver driver, Dtype dtype) {
        CudaOpening opening =
                new CudaOpening(new CudaSessions(driver), dtype, architecture -> Set.of("plain", "operations"));
        assertThatThrownBy(opening::byName)
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(why);
        assertThatThrownBy(opening::proven).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void autoTakesADeviceOnlyWhereEnoughIsRecorded() {
        try (CudaBackend backend =
                new CudaOpening(new CudaSessions(EmulatedDriver.of(80)), Dtype.AUTO, AMPERE).proven()) {
            assertThat(backend.name()).isEqualTo("cuda");
        }
        assertThatThrownBy(() -> new CudaOpening(new CudaSessions(EmulatedDriver.of(90)), Dtype.AUTO, AMPERE).proven())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("emulated device (sm_90) is there, but no passed contract suite is recorded");
        Function<String, Set<String>> half = architecture -> Set.of("plain", "sm80");
        assertThatThrownBy(() -> new CudaOpening(new CudaSessions(EmulatedDriver.of(90)), Dtype.AUTO, half).proven())
                .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void theBudgetIsNineTenthsOrWhatIsAsked() {
        try (CudaBackend backend =
                new CudaOpening(new CudaSessions(EmulatedDriver.of(80, 1000L << 20)), Dtype.FP32, NOTHING).byName()) {
            assertThat(backend.description()).contains("900 MB of device memory at most");
        }
        System.setProperty(CudaOpening.MEMORY_PROPERTY, "123");
        try (CudaBackend backend =
                new CudaOpening(new CudaSessions(EmulatedDriver.of(80, 1000L << 20)), Dtype.FP32, NOTHING).byName()) {
            assertThat(backend.description()).contains("123 MB of device memory at most");
        }
    }
}
