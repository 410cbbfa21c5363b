package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.sun.jna.NativeLibrary;
import io.varlen.InvalidInputException;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where there is no NVIDIA driver, which is where most of this project's tests run. */
class JCudaDriverTest {
    @BeforeEach
    void thereIsNoDriver() {
        boolean there = true;
        try {
            NativeLibrary.getInstance("libcuda.so.1").close();
        } catch (UnsatisfiedLinkError e) {
            there = false;
        }
        assumeFalse(there, "there is a driver");
    }

    @Test
    void sayingSoTakesOneLine() {
        assertThatThrownBy(JCudaDriver::load)
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("there is no NVIDIA driver: libcuda.so.1 does not load");
    }

    @Test
    void autoIsTheCpuAndKnowsWhy() {
        try (Backend backend = Backends.open(Backends.AUTO, 1)) {
            assertThat(backend.name()).isEqualTo("cpu");
        }
        assertThat(Backends.whyNotCuda())
                .hasValueSatisfying(
                        why -> assertThat(why).contains("no NVIDIA driver").doesNotContain("\n"));
    }

    @Test
    void aBackendThatIsAskedForByNameIsAnError() {
        assertThatThrownBy(() -> Backends.open("cuda", 1))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("backend cuda is not available: there is no NVIDIA driver")
                .hasMessageEndingWith("use cpu or auto");
    }
}
