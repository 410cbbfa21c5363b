package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.attention.Activation;
import io.varlen.attention.Backends;
import io.varlen.attention.DeviceException;
import io.varlen.attention.Dtype;
import io.varlen.attention.OutOfDeviceMemoryException;
import io.varlen.attention.Tensor;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What backends on one device share, and what they do not. */
class CudaSessionsTest {
    private final EmulatedDriver driver = EmulatedDriver.two(80);
    private final CudaSessions sessions = new CudaSessions(driver);

    @BeforeEach
    void requireEmulator() {
        Emulator.kernels();
    }

    @AfterEach
    void clear() {
        System.clearProperty(Backends.CUDA_DEVICE);
        System.clearProperty(CudaOpening.MEMORY_PROPERTY);
    }

    private CudaBackend open(Dtype dtype) {
        return new CudaOpening(sessions, dtype, architecture -> Set.of()).byName();
    }

    @Test
    void backendsOfADeviceShareItsMemory() {
        System.setProperty(CudaOpening.MEMORY_PROPERTY, "64");
        CudaBackend narrow = open(Dtype.BF16);
        CudaBackend wide = open(Dtype.FP32);
        assertThat(wide.session()).isSameAs(narrow.session());
        Tensor most = narrow.tensor(40 << 10, 256);
        assertThatThrownBy(() -> wide.tensor(40 << 10, 256)).isInstanceOf(OutOfDeviceMemoryException.class);
        most.close();
        wide.tensor(40 << 10, 256).close();
        narrow.close();
        wide.close();
        assertThat(driver.device().leaks()).isEmpty();
    }

    @Test
    void aBackendTakesItsOwnAlongWhenItCloses() {
        CudaBackend first = open(Dtype.BF16);
        CudaBackend second = open(Dtype.FP32);
        Tensor kept = second.tensor(new float[] {1, 2}, 1, 2);
        long used = first.session().memory().used();
        first.linear(new float[64], 8, new float[8], Activation.NONE);
        first.activations(3, 5);
        Tensor closed = first.tensor(3, 5);
        closed.close();
        assertThat(first.session().memory().used()).isEqualTo(used + 3 * 256);
        first.close();
        first.close();
        closed.close();
        assertThat(second.session().memory().used()).isEqualTo(used);
        assertThat(kept.toArray()).containsExactly(1, 2);
        second.close();
        assertThat(driver.device().leaks()).isEmpty();
    }

    @Test
    void aDeviceThatNobodyUsesIsClosedAndOpenedAnew() {
        CudaBackend first = open(Dtype.FP32);
        first.close();
        assertThat(driver.device().leaks()).isEmpty();
        CudaBackend second = open(Dtype.FP32);
        assertThat(second.session()).isNotSameAs(first.session());
        second.tensor(1, 1);
        second.close();
        assertThat(driver.device().leaks()).isEmpty();
    }

    @Test
    void aDeviceThatIsNotToBeHadIsWaitedFor() {
        driver.failToOpen(2, DeviceException.Kind.RETRYABLE);
        CudaBackend backend = open(Dtype.FP32);
        assertThat(backend.tensor(new float[] {3}, 1, 1).toArray()).containsExactly(3);
        backend.close();
        assertThat(driver.device().leaks()).isEmpty();
    }

    @Test
    void aDeviceIsNotWaitedForForever() {
        driver.failToOpen(Retries.ATTEMPTS + 1, DeviceException.Kind.RETRYABLE);
        assertThatThrownBy(() -> open(Dtype.FP32))
                .isInstanceOfSatisfying(
                        DeviceException.class, e -> assertThat(e.kind()).isEqualTo(DeviceException.Kind.RETRYABLE));
        assertThat(driver.failures()).isOne();
    }

    @Test
    void whatWillFailAgainIsNotTriedAgain() {
        driver.failToOpen(2, DeviceException.Kind.FATAL);
        assertThatThrownBy(() -> open(Dtype.FP32)).isInstanceOf(DeviceException.class);
        assertThat(driver.failures()).isOne();
    }

    @Test
    void devicesShareNothing() {
        CudaBackend first = open(Dtype.FP32);
        System.setProperty(Backends.CUDA_DEVICE, "1");
        CudaBackend second = open(Dtype.FP32);
        assertThat(second.session()).isNotSameAs(first.session());
        assertThat(second.session().device().properties().ordinal()).isEqualTo(1);
        Tensor there = first.tensor(2, 2);
        Tensor here = second.tensor(2, 2);
        assertThatThrownBy(() -> second.add(here, there))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("another device");
        first.close();
        assertThat(second.tensor(new float[] {3}, 1, 1).toArray()).containsExactly(3);
        second.close();
        assertThat(driver.device().leaks()).isEmpty();
    }
}
