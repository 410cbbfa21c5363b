package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.InvalidInputException;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
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
        };
        assertRefused("shows no device", none, Dtype.FP32);
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
