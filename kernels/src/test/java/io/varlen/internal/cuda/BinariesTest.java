package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BinariesTest {
    /** sm_90a code runs on nothing else, and sm_80 code on nothing but compute capability 8. */
    @Test
    void aDeviceIsGivenWhatItCanLoad() {
        assertThat(Binaries.candidates("f", 90)).containsExactly("f.sm_90a.cubin", "f.compute_80.ptx");
        assertThat(Binaries.candidates("f", 80)).containsExactly("f.sm_80.cubin", "f.compute_80.ptx");
        assertThat(Binaries.candidates("f", 86)).containsExactly("f.sm_80.cubin", "f.compute_80.ptx");
        assertThat(Binaries.candidates("f", 89)).containsExactly("f.sm_80.cubin", "f.compute_80.ptx");
        assertThat(Binaries.candidates("f", 100)).containsExactly("f.compute_80.ptx");
        assertThat(Binaries.candidates("f", 120)).containsExactly("f.compute_80.ptx");
        assertThat(Binaries.candidates("f", 75)).containsExactly("f.compute_75.ptx");
    }

    @Test
    void whatIsNotThereIsNamed() {
        assertThatThrownBy(() -> Binaries.images("nothing", 90))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no kernels nothing for sm_90")
                .hasMessageContaining("nothing.sm_90a.cubin, nothing.compute_80.ptx");
    }
}
