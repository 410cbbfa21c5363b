package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.attention.Attention;
import io.varlen.attention.DeviceException;
import io.varlen.attention.Heads;
import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which form computes a call, and that one that is wrong computes none. */
class AttentionFormsTest {
    private EmulatedDriver driver;
    private CudaSession session;

    @BeforeEach
    void open() {
        Emulator.kernels();
        driver = EmulatedDriver.of(80);
        session = new CudaSession(driver.open(0), 256L << 20);
    }

    @AfterEach
    void close() {
        if (session != null) {
            session.close();
            assertThat(driver.device().leaks()).isEmpty();
        }
    }

    /** The plain form, and what is done to its results. */
    private abstract class Spoilt implements AttentionForm {
        private final AttentionForm plain = new PlainAttention(session.launcher());
        private int launches;

        @Override
        public String name() {
            return "spoilt";
        }

        @Override
        public Optional<String> reasonAgainst(Attention call, DeviceProperties device) {
            return call.q().dim() > 64 ? Optional.of("a head size above 64") : Optional.empty();
        }

        @Override
        public void launch(Attention call, DevicePlan plan, CudaStream stream) {
            launches++;
            plain.launch(call, plan, stream);
            spoil(call, stream);
        }

        abstract void spoil(Attention call, CudaStream stream);
    }

    @ParameterizedTest
    @EnumSource(Element.class)
    void aFormThatIsRightIsCheckedOnceAndUsed(Element element) {
        Spoilt right = new Spoilt() {
            @Override
            void spoil(Attention call, CudaStream stream) {}
        };
        AttentionForms forms = forms(right);
        assertThat(forms.of(call(element, 32))).isSameAs(right);
        int checks = right.launches;
        assertThat(checks).isPositive();
        assertThat(forms.of(call(element, 32))).isSameAs(right);
        assertThat(right.launches).isEqualTo(checks);
        assertThat(forms.of(call(element, 16))).isSameAs(right);
        assertThat(right.launches).isGreaterThan(checks);
        assertThat(forms.explain(call(element, 32))).isEqualTo("spoilt");
        assertThat(forms.explain(call(element, 128))).isEqualTo("plain (not spoilt: a head size above 64)");
    }

    @ParameterizedTest
    @EnumSource(Element.class)
    void aFormWithAWrongOutputIsNotUsed(Element element) {
        requireNotUsed(element, new Spoilt() {
            @Override
            void spoil(Attention call, CudaStream stream) {
                long last = (long) (call.q().tokens() - 1) * call.o().tensor().columns();
                session.device().clear(CudaTensor.of(call.o()).address(last), element.bytes(), stream.handle());
            }
        });
    }

    @Test
    void aFormWithAWrongLseIsNotUsed() {
        requireNotUsed(Element.BF16, new Spoilt() {
            @Override
            void spoil(Attention call, CudaStream stream) {
                session.device().clear(CudaTensor.of(call.lse()).address(7), 4, stream.handle());
            }
        });
    }

    @Test
    void aFormThatTheDriverDoesNotTakeIsNotUsed() {
        requireNotUsed(Element.F16, new Spoilt() {
            @Override
            void spoil(Attention call, CudaStream stream) {
                throw new DeviceException(DeviceException.Kind.USAGE, "unsupported PTX");
            }
        });
    }

    private void requireNotUsed(Element element, Spoilt spoilt) {
        AttentionForms forms = forms(spoilt);
        assertThat(forms.of(call(element, 32))).isInstanceOf(PlainAttention.class);
        int checks = spoilt.launches;
        assertThat(forms.explain(call(element, 32))).isEqualTo("plain (not spoilt: it failed its check here)");
        assertThat(forms.of(call(element, 32))).isInstanceOf(PlainAttention.class);
        assertThat(spoilt.launches).as("not asked again").isEqualTo(checks);
        assertThat(forms.of(call(element, 16))).isInstanceOf(PlainAttention.class);
        assertThat(spoilt.launches).as("asked for another head size").isGreaterThan(checks);
    }

    @Test
    void whatCouldNotBeFoundOutIsAFailureOfTheCall() {
        AttentionForms forms = forms(new Spoilt() {
            @Override
            void spoil(Attention call, CudaStream stream) {
                throw new DeviceException(DeviceException.Kind.FATAL, "lost");
            }
        });
        assertThatThrownBy(() -> forms.of(call(Element.F32, 32))).hasMessage("lost");
    }

    @Test
    void aCallThatNoFormComputesIsRefusedWithAllReasons() {
        assertThatThrownBy(() -> forms(new Sm80Attention(session.launcher())).of(call(Element.F32, 264)))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("not sm80: fp32 is not multiplied on tensor cores")
                .hasMessageContaining("not plain: a head size of 264 is above 256");
    }

    private AttentionForms forms(AttentionForm first) {
        List<AttentionForm> all = List.of(first, new PlainAttention(session.launcher()));
        return new AttentionForms(all, session.device().properties(), new SelfCheck(session));
    }

    private Attention call(Element element, int dim) {
        MaskPlan mask = MaskPlan.of(Mask.full(), CuSeqlens.ofLengths(3));
        Heads heads = Heads.of(session.tensor(element, 3, dim), 1);
        return new Attention(heads, heads, heads, mask, Heads.of(session.tensor(element, 3, dim), 1));
    }
}
