package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.varlen.attention.Attention;
import io.varlen.attention.AttentionOptions;
import io.varlen.attention.AttentionReference;
import io.varlen.attention.Heads;
import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The forms of attention on tensor cores, launched as the backend does. */
class TensorCoreAttentionTest {
    private static final List<Mask> MASKS = List.of(
            Mask.full(), Mask.causal(), Mask.slidingWindow(20, 7), Mask.causal().and(Mask.chunked(24)));

    private CudaSession session;
    private Driver.Device device;
    private Sm80Attention sm80;
    private ShortAttention shorts;

    @BeforeEach
    @BeforeProperty
    void open() {
        device = TestDevice.driver(80).open(0);
        session = new CudaSession(device, 1L << 30);
        sm80 = new Sm80Attention(session.launcher());
        shorts = new ShortAttention(session.launcher(), device.properties(), sm80);
    }

    @AfterEach
    @AfterProperty
    void close() {
        if (session != null) {
            session.close();
        }
    }

    @Property(tries = 40)
    void sm80AgreesWithTheDefinition(@ForAll long seed) {
        Random dice = new Random(seed);
        int[] dims = {32, 64, 80, 128, 160, 256};
        requireClose(sm80, call(dice, dims[dice.nextInt(dims.length)], lengths(dice, 150)), seed);
    }

    @Property(tries = 60)
    void shortsAgreeWithTheDefinition(@ForAll long seed) {
        Random dice = new Random(seed);
        int[] dims = {32, 64, 64, 80, 128};
        int longest = new int[] {40, 100, 300}[dice.nextInt(3)];
        requireClose(shorts, call(dice, dims[dice.nextInt(dims.length)], lengths(dice, longest)), seed);
    }

    @Test
    void bothGiveTheSameBitsAndShareACall() {
        Random dice = new Random(1);
        Attention call = call(dice, 64, CuSeqlens.ofLengths(300, 7, 64, 65, 0, 256, 257, 32));
        launch(sm80, call);
        float[] output = call.o().tensor().toArray();
        float[] lse = call.lse().toArray();
        launch(shorts, call);
        assertThat(call.o().tensor().toArray()).containsExactly(output);
        assertThat(call.lse().toArray()).containsExactly(lse);
        TestDevice.requireLaunched(
                device, "attention_short_bf16_64_4", "attention_short_bf16_64_8", "attention_sm80_bf16_64");
    }

    @Test
    void headsMayLieInOneFusedProjection() {
        Random dice = new Random(2);
        CuSeqlens lengths = CuSeqlens.ofLengths(20, 5, 70);
        Attention apart = call(dice, 32, 2, 2, lengths, Mask.causal(), Element.F16, 0, false);
        float[] fused = new float[95 * 208];
        List<Heads> parts = List.of(apart.q(), apart.k(), apart.v());
        for (int part = 0; part < 3; part++) {
            float[] from = parts.get(part).tensor().toArray();
            for (int t = 0; t < 95; t++) {
                System.arraycopy(from, t * 64, fused, t * 208 + 8 + part * 64, 64);
            }
        }
        CudaTensor qkv = session.upload(fused, Element.F16, 95, 208);
        Attention together = new Attention(
                new Heads(qkv, 8, 2, 32),
                new Heads(qkv, 72, 2, 32),
                new Heads(qkv, 136, 2, 32),
                apart.mask(),
                apart.options(),
                apart.o(),
                null);
        for (AttentionForm form : List.of(sm80, shorts)) {
            launch(form, apart);
            float[] expected = apart.o().tensor().toArray();
            launch(form, together);
            assertThat(together.o().tensor().toArray()).containsExactly(expected);
        }
    }

    @Test
    void saysWhatSpeaksAgainstACall() {
        DeviceProperties ampere = EmulatedDriver.of(80).devices().get(0);
        CuSeqlens lengths = CuSeqlens.ofLengths(300);
        Attention call = call(new Random(3), 64, lengths);
        assertThat(sm80.reasonAgainst(call, ampere)).isEmpty();
        assertThat(shorts.reasonAgainst(call, ampere)).contains("no sequence has at most 256 tokens");
        assertThat(reason(call, EmulatedDriver.of(75))).contains("sm_75 is older than sm_80");
        DeviceProperties small = new DeviceProperties(0, "small", 86, 4, 20 << 10, 1 << 30);
        assertThat(sm80.reasonAgainst(call, small).orElseThrow()).contains("32768 bytes of shared memory");
        assertThat(shorts.reasonAgainst(call, small).orElseThrow()).contains("bytes of shared memory");
        assertThat(against(12, Element.BF16, 0, Mask.full()))
                .contains("a head size of 12 is no multiple of 8 up to 256");
        assertThat(against(64, Element.F32, 0, Mask.full()))
                .contains("fp32 is not multiplied on tensor cores; bf16 and fp16 are");
        assertThat(against(64, Element.BF16, 4, Mask.full())).contains("not all heads begin at a multiple of 16 bytes");
        boolean[][][] visible = new boolean[1][3][3];
        assertThat(against(64, Element.BF16, 0, Mask.dense(visible, CuSeqlens.ofLengths(3))))
                .contains("the mask is dense");
        AttentionOptions biased = call.options().withBias(session.tensor(Element.F32, 300, 300));
        assertThat(sm80.reasonAgainst(
                        new Attention(call.q(), call.k(), call.v(), call.mask(), biased, call.o(), null), ampere))
                .contains("there is a bias");
    }

    private Optional<String> reason(Attention call, EmulatedDriver other) {
        return sm80.reasonAgainst(call, other.devices().get(0));
    }

    private Optional<String> against(int dim, Element element, int offset, Mask mask) {
        CuSeqlens lengths = CuSeqlens.ofLengths(3);
        CudaTensor tensor = session.tensor(element, 3, dim + offset);
        Heads heads = new Heads(tensor, offset, 1, dim);
        Attention call = new Attention(heads, heads, heads, MaskPlan.of(mask, lengths), heads);
        return sm80.reasonAgainst(call, device.properties());
    }

    private static CuSeqlens lengths(Random dice, int longest) {
        return CuSeqlens.ofLengths(
                dice.ints(1 + dice.nextInt(5), 0, longest + 1).toArray());
    }

    private Attention call(Random dice, int dim, CuSeqlens lengths) {
        int keyHeads = 1 + dice.nextInt(2);
        int heads = keyHeads * (1 + dice.nextInt(3));
        Mask mask = MASKS.get(dice.nextInt(MASKS.size()));
        Element element = dice.nextBoolean() ? Element.F16 : Element.BF16;
        return call(
                dice, dim, heads, keyHeads, lengths, mask, element, dice.nextInt(3) == 0 ? 5 : 0, dice.nextBoolean());
    }

    private Attention call(
            Random dice,
            int dim,
            int heads,
            int keyHeads,
            CuSeqlens lengths,
            Mask mask,
            Element element,
            float softcap,
            boolean sinks) {
        AttentionOptions options = AttentionOptions.forHeadDim(dim).withSoftcap(softcap);
        if (sinks) {
            options = options.withSinks(session.upload(random(dice, heads), Element.F32, 1, heads));
        }
        int tokens = lengths.total();
        return new Attention(
                heads(dice, element, tokens, heads, dim),
                heads(dice, element, tokens, keyHeads, dim),
                heads(dice, element, tokens, keyHeads, dim),
                MaskPlan.of(mask, lengths),
                options,
                Heads.of(session.tensor(element, tokens, heads * dim), heads),
                session.tensor(Element.F32, heads, tokens));
    }

    private Heads heads(Random dice, Element element, int tokens, int heads, int dim) {
        return Heads.of(session.upload(random(dice, tokens * heads * dim), element, tokens, heads * dim), heads);
    }

    private static float[] random(Random dice, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) dice.nextGaussian() * 1.5f;
        }
        return values;
    }

    private void launch(AttentionForm form, Attention call) {
        form.launch(call, session.plan(call.mask()), session.stream());
    }

    private void requireClose(AttentionForm form, Attention call, long seed) {
        launch(form, call);
        float[] output = call.o().tensor().toArray();
        float[] lse = call.lse().toArray();
        AttentionReference reference = new AttentionReference(call);
        double tolerance = CudaTensor.of(call.o()).element() == Element.F16 ? 0x1p-10 : 0x1p-7;
        for (int i = 0; i < output.length; i++) {
            double bound = tolerance * reference.maxValue[i / call.q().dim()];
            assertThat((double) output[i])
                    .as("%s, seed %d, element %d", form.name(), seed, i)
                    .isCloseTo(reference.output[i], within(bound));
        }
        for (int i = 0; i < lse.length; i++) {
            double expected = reference.lse[i];
            if (lse[i] != expected) {
                assertThat((double) lse[i])
                        .as("%s, seed %d, LSE %d", form.name(), seed, i)
                        .isCloseTo(expected, within(1e-5 * Math.max(1, Math.abs(expected))));
            }
        }
    }
}
