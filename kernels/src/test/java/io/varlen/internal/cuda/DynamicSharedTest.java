package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.attention.DeviceException;
import org.junit.jupiter.api.Test;

class DynamicSharedTest {
    @Test
    void everyKernelHasAFigure() {
        assertThat(DynamicShared.byKernel())
                .hasSizeGreaterThan(70)
                .containsEntry("attention_short_bf16_64_4", "49536")
                .doesNotContainValue("");
    }

    @Test
    void aLaunchThatAsksForAnotherIsRefused() {
        DynamicShared.require("pool_f32", 8192);
        DynamicShared.require("no_such_kernel", 1);
        DynamicShared.require("norm_f32_f32_f32", 17);
        assertThatThrownBy(() -> DynamicShared.require("pool_f32", 8191))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("8191")
                .hasMessageContaining("8192");
    }
}
