package io.varlen.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.mask.RandomMask;
import io.varlen.sequence.CuSeqlens;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The numerical contract of attention, on the CPU backend. */
class AttentionTest {
    private static final double TOLERANCE = 1e-5;
    private static Backend backend;

    @BeforeAll
    @BeforeContainer
    static void open() {
        if (backend == null) {
            backend = Backends.open("cpu", 1);
        }
    }

    @AfterAll
    @AfterContainer
    static void close() {
        backend.close();
        backend = null;
    }

    @Property(tries = 300)
    void agreesWithTheDefinitionForAnyMaskAndShape(@ForAll long seed) {
        Random dice = new Random(seed);
        int maxLength = dice.nextInt(10) == 0 ? 300 : 40;
        RandomMask random = RandomMask.of(dice, 4, maxLength);
        int[] dims = {1, 2, 3, 8, 16, 32, 33, 64, 80, 128};
        int keyHeads = 1 + dice.nextInt(3);
        Call call = Call.random(
                dice,
                MaskPlan.of(random.mask(), random.queries(), random.keys()),
                keyHeads * (1 + dice.nextInt(3)),
                keyHeads,
                dims[dice.nextInt(dims.length)]);
        backend.attention(call.attention);
        call.requireClose(new AttentionReference(call.attention));
    }

    @Property(tries = 40)
    void staysAccurateForLargeAndSmallScores(@ForAll long seed) {
        Random dice = new Random(seed);
        MaskPlan mask = MaskPlan.of(Mask.full(), CuSeqlens.ofLengths(70, 200));
        Call call = Call.random(dice, mask, 2, 1, 16, new float[] {1e-6f, 0.1f, 3f}[dice.nextInt(3)]);
        backend.attention(call.attention);
        call.requireClose(new AttentionReference(call.attention));
    }

    @Test
    void aQueryWithoutKeysGivesZerosAndMinusInfinity() {
        CuSeqlens queries = CuSeqlens.ofLengths(3, 0, 4, 2);
        CuSeqlens keys = CuSeqlens.ofLengths(0, 5, 2, 2);
        Call call = Call.random(new Random(1), MaskPlan.of(Mask.causal(), queries, keys), 2, 1, 8);
        Arrays.fill(call.output.data(), Float.NaN);
        backend.attention(call.attention);
        for (int t = 0; t < 9; t++) {
            boolean none = t < 5;
            for (int h = 0; h < 2; h++) {
                assertThat(call.lse(h, t) == Float.NEGATIVE_INFINITY).isEqualTo(none);
                for (float o : call.row(t, h)) {
                    assertThat(o == 0f).as("query %d", t).isEqualTo(none);
                }
            }
        }
    }

    @Test
    void nothingToDoIsLegal() {
        backend.attention(
                Call.random(new Random(1), MaskPlan.of(Mask.full(), CuSeqlens.ofLengths()), 2, 1, 8).attention);
        backend.attention(
                Call.random(new Random(1), MaskPlan.of(Mask.full(), CuSeqlens.ofLengths(0, 0)), 2, 1, 8).attention);
    }

    /** Every length from 1 to 300, each at a random offset among random others that hold NaN and infinities. */
    @Test
    void aSequenceHasTheSameBitsAloneAndInAnyCompany() {
        Mask[] masks = {Mask.full(), Mask.causal(), Mask.slidingWindow(17, 3)};
        for (int length = 1; length <= 300; length++) {
            long seed = 31L * length;
            Random dice = new Random(seed);
            Mask mask = masks[length % masks.length];
            Call alone = Call.random(dice, MaskPlan.of(mask, CuSeqlens.ofLengths(length)), 2, 1, 16);
            backend.attention(alone.attention);
            int[] lengths = dice.ints(3 + dice.nextInt(3), 0, 150).toArray();
            int mine = dice.nextInt(lengths.length);
            lengths[mine] = length;
            CuSeqlens packed = CuSeqlens.ofLengths(lengths);
            Call together = Call.random(dice, MaskPlan.of(mask, packed), 2, 1, 16);
            together.poison(dice);
            together.placeInputs(alone, packed.start(mine));
            backend.attention(together.attention);
            for (int t = 0; t < length; t++) {
                for (int h = 0; h < 2; h++) {
                    assertThat(together.row(packed.start(mine) + t, h))
                            .as("seed %d, length %d, token %d", seed, length, t)
                            .containsExactly(alone.row(t, h));
                    assertThat(together.lse(h, packed.start(mine) + t)).isEqualTo(alone.lse(h, t));
                }
            }
        }
    }

    @Test
    void keysThatAQueryDoesNotSeeCannotSpoilIt() {
        MaskPlan mask = MaskPlan.of(Mask.causal(), CuSeqlens.ofLengths(200));
        Call clean = Call.random(new Random(5), mask, 1, 1, 8);
        backend.attention(clean.attention);
        Call spoilt = Call.random(new Random(5), mask, 1, 1, 8);
        Arrays.fill(spoilt.keys.data(), 150 * 8, 200 * 8, Float.NaN);
        Arrays.fill(spoilt.values.data(), 150 * 8, 200 * 8, Float.POSITIVE_INFINITY);
        backend.attention(spoilt.attention);
        for (int t = 0; t < 150; t++) {
            for (int d = 0; d < 8; d++) {
                assertThat(spoilt.row(t, 0)[d]).isCloseTo(clean.row(t, 0)[d], within(1e-5f));
            }
        }
    }

    @Test
    void theNumberOfThreadsChangesNoBit() {
        MaskPlan mask = MaskPlan.of(Mask.causal(), CuSeqlens.ofLengths(300, 7, 0, 129, 64));
        Call one = Call.random(new Random(9), mask, 4, 2, 32);
        backend.attention(one.attention);
        try (Backend threaded = Backends.open("cpu", 5)) {
            Call five = Call.random(new Random(9), mask, 4, 2, 32);
            threaded.attention(five.attention);
            assertThat(five.output.data()).containsExactly(one.output.data());
            assertThat(five.lse.data()).containsExactly(one.lse.data());
        }
    }

    @Test
    void headsMayLieInOneFusedProjection() {
        Random dice = new Random(3);
        MaskPlan mask = MaskPlan.of(Mask.full(), CuSeqlens.ofLengths(20, 5));
        Call apart = Call.random(dice, mask, 3, 3, 8);
        backend.attention(apart.attention);
        float[] fused = new float[25 * 80];
        for (int t = 0; t < 25; t++) {
            System.arraycopy(apart.queries.data(), t * 24, fused, t * 80 + 4, 24);
            System.arraycopy(apart.keys.data(), t * 24, fused, t * 80 + 28, 24);
            System.arraycopy(apart.values.data(), t * 24, fused, t * 80 + 52, 24);
        }
        Tensor qkv = backend.tensor(fused, 25, 80);
        Tensor output = backend.tensor(25, 24);
        backend.attention(new Attention(
                new Heads(qkv, 4, 3, 8),
                new Heads(qkv, 28, 3, 8),
                new Heads(qkv, 52, 3, 8),
                mask,
                Heads.of(output, 3)));
        assertThat(output.toArray()).containsExactly(apart.output.data());
    }

    @Test
    void shapesThatDoNotFitAreNamed() {
        MaskPlan mask = MaskPlan.of(Mask.full(), CuSeqlens.ofLengths(4));
        Heads two = Heads.of(backend.tensor(4, 16), 2);
        Heads three = Heads.of(backend.tensor(4, 24), 3);
        Heads short2 = Heads.of(backend.tensor(3, 16), 2);
        Heads wide2 = Heads.of(backend.tensor(4, 32), 2);
        assertRefused("no multiple", () -> new Attention(three, two, two, mask, three));
        assertRefused("cu_seqlens_q end at 4 but q has 3", () -> new Attention(short2, two, two, mask, short2));
        assertRefused("cu_seqlens_k end at 4 but k has 3", () -> new Attention(two, short2, short2, mask, two));
        assertRefused("v 3", () -> new Attention(two, two, short2, mask, two));
        assertRefused("head dimensions", () -> new Attention(two, wide2, wide2, mask, two));
        assertRefused("shape of q", () -> new Attention(two, two, two, mask, wide2));
        assertRefused(
                "[Hq, T]",
                () -> new Attention(two, two, two, mask, AttentionOptions.scaled(1f), two, backend.tensor(4, 2)));
        assertRefused("do not fit", () -> new Heads(backend.tensor(4, 16), 1, 2, 8));
        assertRefused("do not fit", () -> new Heads(backend.tensor(4, 16), 0, 1 << 16, 1 << 16));
    }

    private static void assertRefused(String message, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }

    /** A call and the arrays behind its tensors. */
    private static final class Call {
        final Attention attention;
        final Array queries;
        final Array keys;
        final Array values;
        final Array output;
        final Array lse;

        /** The CPU backend hands the very array of a tensor over, so tests can look into it. */
        private record Array(float[] data, Tensor tensor) {
            static Array of(float[] data, int rows, int columns) {
                return new Array(data, backend.tensor(data, rows, columns));
            }
        }

        private Call(Random dice, MaskPlan mask, int heads, int keyHeads, int dim, float spread) {
            int tokens = mask.queries().total();
            int keyTokens = mask.keys().total();
            queries = Array.of(normal(dice, tokens * heads * dim, spread), tokens, heads * dim);
            keys = Array.of(normal(dice, keyTokens * keyHeads * dim, spread), keyTokens, keyHeads * dim);
            values = Array.of(normal(dice, keyTokens * keyHeads * dim, 1), keyTokens, keyHeads * dim);
            output = Array.of(new float[tokens * heads * dim], tokens, heads * dim);
            lse = Array.of(new float[heads * tokens], heads, tokens);
            attention = new Attention(
                    new Heads(queries.tensor, 0, heads, dim),
                    new Heads(keys.tensor, 0, keyHeads, dim),
                    new Heads(values.tensor, 0, keyHeads, dim),
                    mask,
                    AttentionOptions.forHeadDim(dim),
                    new Heads(output.tensor, 0, heads, dim),
                    lse.tensor);
        }

        static Call random(Random dice, MaskPlan mask, int heads, int keyHeads, int dim) {
            return random(dice, mask, heads, keyHeads, dim, 1.5f);
        }

        static Call random(Random dice, MaskPlan mask, int heads, int keyHeads, int dim, float spread) {
            return new Call(dice, mask, heads, keyHeads, dim, spread);
        }

        float[] row(int token, int head) {
            int dim = attention.o().dim();
            int at = (int) attention.o().elementOffset(token, head);
            return Arrays.copyOfRange(output.data, at, at + dim);
        }

        float lse(int head, int token) {
            return lse.data[head * attention.q().tokens() + token];
        }

        void poison(Random dice) {
            float[] poison = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, 1f};
            for (Array array : new Array[] {queries, keys, values}) {
                for (int i = 0; i < array.data.length; i++) {
                    array.data[i] = poison[dice.nextInt(poison.length)];
                }
            }
        }

        void placeInputs(Call other, int token) {
            System.arraycopy(
                    other.queries.data, 0, queries.data, token * queries.tensor.columns(), other.queries.data.length);
            System.arraycopy(other.keys.data, 0, keys.data, token * keys.tensor.columns(), other.keys.data.length);
            System.arraycopy(
                    other.values.data, 0, values.data, token * values.tensor.columns(), other.values.data.length);
        }

        void requireClose(AttentionReference reference) {
            int heads = attention.q().count();
            int tokens = attention.q().tokens();
            for (int t = 0; t < tokens; t++) {
                for (int h = 0; h < heads; h++) {
                    float[] row = row(t, h);
                    double bound = TOLERANCE * reference.maxValue[t * heads + h];
                    for (int d = 0; d < row.length; d++) {
                        assertThat((double) row[d])
                                .isCloseTo(reference.output[(t * heads + h) * row.length + d], within(bound));
                    }
                    double expected = reference.lse[h * tokens + t];
                    if (expected == Double.NEGATIVE_INFINITY) {
                        assertThat(lse(h, t)).isEqualTo(Float.NEGATIVE_INFINITY);
                    } else {
                        assertThat((double) lse(h, t))
                                .isCloseTo(expected, within(TOLERANCE * Math.max(1, Math.abs(expected))));
                    }
                }
            }
        }

        private static float[] normal(Random dice, int count, float spread) {
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = (float) dice.nextGaussian() * spread;
            }
            return values;
        }
    }
}
