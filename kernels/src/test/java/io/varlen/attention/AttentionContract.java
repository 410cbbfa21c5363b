package io.varlen.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.varlen.attention.RandomCall.Form;
import io.varlen.attention.RandomCall.Result;
import io.varlen.attention.RandomCall.Sequence;
import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every backend promises of attention, whatever the mask and the options. */
public abstract class AttentionContract {
    private static final double TOLERANCE = 1e-5;

    private Backend backend;

    /** The backend under test. */
    protected abstract Backend open(int threads);

    @BeforeEach
    @BeforeProperty
    void openBackend() {
        backend = open(1);
    }

    @AfterEach
    @AfterProperty
    void closeBackend() {
        if (backend != null) { // else there is none, and the test is skipped
            backend.close();
        }
    }

    @Property(tries = 400)
    void agreesWithTheDefinitionForAnyMaskOptionsAndShape(@ForAll long seed) {
        Random dice = new Random(seed);
        int maxLength = dice.nextInt(10) == 0 ? 300 : 40;
        requireClose(RandomCall.of(dice, Form.of(dice), 4, maxLength));
    }

    @Property(tries = 40)
    void staysAccurateForLargeAndSmallScores(@ForAll long seed) {
        Random dice = new Random(seed);
        float spread = new float[] {1e-6f, 0.1f, 3f}[dice.nextInt(3)];
        Form form = Form.plain(2, 1, 16, -1, -1);
        requireClose(RandomCall.of(
                form, Sequence.of(dice, form, 70, 70, spread), Sequence.of(dice, form, 200, 200, spread)));
    }

    /** Weights of 2^-500 and less, on either side of a tile. */
    @Test
    void scoresFarBelowTheLargestCountForNothing() {
        Form form = Form.plain(1, 1, 1, -1, -1);
        for (int top : new int[] {0, 70, 199}) {
            float[] keys = new float[200];
            Arrays.fill(keys, -1000f);
            keys[top] = 0f;
            float[] values = new float[200];
            Arrays.fill(values, 1e30f);
            values[top] = 3f;
            float[] one = {1f};
            Result result = RandomCall.of(
                            form,
                            Sequence.of(new Random(1), form, 1, 200, 1)
                                    .withQueries(one)
                                    .withKeysAndValues(keys, values))
                    .run(backend);
            assertThat(result.row(0, 0)[0]).isEqualTo(3f);
            assertThat(result.lse(0, 0)).isZero();
        }
    }

    @Test
    void aQueryThatSeesNoKeyGivesZerosAndMinusInfinityOrTheSink() {
        Random dice = new Random(1);
        float[] sinks = {0.5f, -3f};
        for (Form form : List.of(
                Form.plain(2, 1, 8, -1, 0),
                Form.plain(2, 1, 8, -1, 0).withDense(),
                Form.plain(2, 1, 8, -1, 0).withSinks(sinks),
                Form.plain(2, 1, 8, -1, 0).withDense().withSinks(sinks))) {
            RandomCall call = RandomCall.of(
                    form,
                    Sequence.of(dice, form, 3, 0, 1),
                    Sequence.of(dice, form, 0, 5, 1),
                    Sequence.of(dice, form, 200, 90, 1),
                    Sequence.of(dice, form, 2, 2, 1));
            MaskPlan mask = call.mask();
            Result result = call.run(backend);
            int blind = 0;
            for (int t = 0; t < 205; t++) {
                boolean none = true;
                for (int key = 0; key < 97; key++) {
                    none &= !mask.visible(t, key);
                }
                blind += none ? 1 : 0;
                for (int h = 0; h < 2; h++) {
                    if (none) {
                        float lse = form.sinks() == null ? Float.NEGATIVE_INFINITY : sinks[h];
                        assertThat(Math.abs(result.lse(h, t) - lse) <= 1e-6f || result.lse(h, t) == lse)
                                .as("LSE %s of query %d", result.lse(h, t), t)
                                .isTrue();
                    } else {
                        assertThat(result.lse(h, t)).isFinite();
                    }
                    for (float o : result.row(t, h)) {
                        assertThat(o == 0f).as("query %d", t).isEqualTo(none);
                    }
                }
            }
            assertThat(blind).isGreaterThanOrEqualTo(3 + 110).isLessThan(205);
        }
    }

    /** A bias of -∞ hides a key as a mask does, and all keys of a query if it is everywhere. */
    @Test
    void aBiasOfMinusInfinityHides() {
        Random dice = new Random(2);
        Form dense = Form.plain(2, 2, 16, -1, -1).withDense();
        Sequence sequence = Sequence.of(dice, dense, 150, 150, 1);
        Arrays.fill(sequence.visible()[77], false);
        float[] bias = new float[2 * 150 * 150];
        for (int i = 0; i < 150 * 150; i++) {
            bias[i] = sequence.visible()[i / 150][i % 150] ? 0 : Float.NEGATIVE_INFINITY;
        }
        Form biased = new Form(2, 2, 16, dense.scale(), 0, 1, null, -1, -1, -2, false, false, false);
        Result byMask = RandomCall.of(dense, sequence).run(backend);
        Result byBias = RandomCall.of(biased, sequence.withBias(bias)).run(backend);
        for (int i = 0; i < byMask.output().length; i++) {
            assertThat(byBias.output()[i]).isCloseTo(byMask.output()[i], within(1e-5f));
        }
        assertThat(byBias.row(77, 1)).containsOnly(0f);
        assertThat(byBias.lse(1, 77)).isEqualTo(Float.NEGATIVE_INFINITY);
    }

    @Test
    void nothingToDoIsLegal() {
        Random dice = new Random(3);
        Form form = Form.plain(2, 1, 8, -1, -1);
        RandomCall.of(form).run(backend);
        RandomCall.of(form, Sequence.of(dice, form, 0, 0, 1), Sequence.of(dice, form, 0, 7, 1))
                .run(backend);
    }

    /** Every length from 1 to 300, each at a random offset among random others that hold NaN and infinities. */
    @Test
    void aSequenceHasTheSameBitsAloneAndInAnyCompany() {
        for (int length = 1; length <= 300; length++) {
            Random dice = new Random(31L * length);
            Form form = Form.plain(2, 1, 16, new int[] {-1, -1, 17}[length % 3], new int[] {-1, 0, 3}[length % 3]);
            requireSameInCompany(dice, form, Sequence.of(dice, form, length, length, 1.5f), 31L * length);
        }
    }

    /** With any mask and any option. */
    @Property(tries = 200)
    void noMaskAndNoOptionTiesASequenceToItsCompany(@ForAll long seed) {
        Random dice = new Random(seed);
        Form form = Form.of(dice);
        int queries = 1 + dice.nextInt(dice.nextInt(5) == 0 ? 300 : 60);
        int keys = dice.nextBoolean() ? queries : dice.nextInt(dice.nextInt(5) == 0 ? 300 : 60);
        requireSameInCompany(dice, form, Sequence.of(dice, form, queries, keys, 1.5f), seed);
    }

    private void requireSameInCompany(Random dice, Form form, Sequence sequence, long seed) {
        Result alone = RandomCall.of(form, sequence).run(backend);
        List<Sequence> all = new ArrayList<>();
        for (int i = 2 + dice.nextInt(3); i > 0; i--) {
            all.add(Sequence.of(dice, form, dice.nextInt(150), dice.nextInt(150), 1)
                    .poisoned(dice));
        }
        int mine = dice.nextInt(all.size() + 1);
        all.add(mine, sequence);
        RandomCall call = new RandomCall(form, all);
        Result together = call.run(backend);
        int start = call.queries().start(mine);
        for (int t = 0; t < sequence.queries(); t++) {
            for (int h = 0; h < form.heads(); h++) {
                assertThat(together.row(start + t, h))
                        .as("seed %d, token %d of %s", seed, t, call.mask().mask())
                        .containsExactly(alone.row(t, h));
                assertThat(together.lse(h, start + t)).isEqualTo(alone.lse(h, t));
            }
        }
    }

    @Property(tries = 150)
    void keysThatAQueryDoesNotSeeCannotSpoilIt(@ForAll long seed) {
        Random dice = new Random(seed);
        requireUnspoilt(dice, Form.of(dice).withoutDense());
    }

    @Property(tries = 150)
    void keysThatADenseMaskHidesCannotSpoilAQuery(@ForAll long seed) {
        Random dice = new Random(seed);
        requireUnspoilt(dice, Form.of(dice).withDense());
    }

    private void requireUnspoilt(Random dice, Form form) {
        int length = 1 + dice.nextInt(200);
        Sequence clean = Sequence.of(dice, form, length, length, 1.5f);
        int query = dice.nextInt(length);
        MaskPlan mask = RandomCall.of(form, clean).mask();
        float[] k = clean.k().clone();
        float[] v = clean.v().clone();
        int columns = form.keyHeads() * form.dim();
        for (int key = 0; key < length; key++) {
            if (!mask.visible(query, key)) {
                Arrays.fill(k, key * columns, (key + 1) * columns, Float.NaN);
                Arrays.fill(v, key * columns, (key + 1) * columns, dice.nextBoolean() ? Float.NaN : 1f / 0);
            }
        }
        Result expected = RandomCall.of(form, clean).run(backend);
        Result spoilt = RandomCall.of(form, clean.withKeysAndValues(k, v)).run(backend);
        requireCloseRow(spoilt, expected, query, form);
    }

    @Property(tries = 50)
    void aQueryThatIsNotFiniteSpoilsItselfAlone(@ForAll long seed) {
        Random dice = new Random(seed);
        Form form = Form.of(dice);
        int length = 2 + dice.nextInt(200);
        Sequence clean = Sequence.of(dice, form, length, length, 1.5f);
        float[] q = clean.q().clone();
        int query = dice.nextInt(length);
        int columns = form.heads() * form.dim();
        Arrays.fill(q, query * columns, (query + 1) * columns, dice.nextBoolean() ? Float.NaN : 1f / 0);
        Result expected = RandomCall.of(form, clean).run(backend);
        Result spoilt = RandomCall.of(form, clean.withQueries(q)).run(backend);
        for (int t = 0; t < length; t++) {
            if (t != query) {
                requireCloseRow(spoilt, expected, t, form);
            }
        }
    }

    private static void requireCloseRow(Result actual, Result expected, int t, Form form) {
        for (int h = 0; h < form.heads(); h++) {
            for (int d = 0; d < form.dim(); d++) {
                assertThat(actual.row(t, h)[d]).as("query %d", t).isCloseTo(expected.row(t, h)[d], within(5e-5f));
            }
            float lse = expected.lse(h, t);
            if (lse == Float.NEGATIVE_INFINITY) {
                assertThat(actual.lse(h, t)).isEqualTo(lse);
            } else {
                assertThat(actual.lse(h, t)).isCloseTo(lse, within(2e-5f * Math.max(1, Math.abs(lse))));
            }
        }
    }

    @Property(tries = 30)
    void theNumberOfThreadsChangesNoBit(@ForAll long seed) {
        Random dice = new Random(seed);
        RandomCall call = RandomCall.of(dice, Form.of(dice), 6, 150);
        Result one = call.run(backend);
        try (Backend threaded = open(2 + dice.nextInt(4))) {
            Result many = call.run(threaded);
            assertThat(many.output()).containsExactly(one.output());
            assertThat(many.lse()).containsExactly(one.lse());
        }
    }

    /** What is there before a call has no part in it, and a call without LSE has the same output. */
    @Property(tries = 30)
    void theSameCallGivesTheSameBits(@ForAll long seed) {
        Random dice = new Random(seed);
        RandomCall random = RandomCall.of(dice, Form.of(dice), 3, 150);
        Result first = random.run(backend);
        Attention call = first.call();
        backend.attention(new Attention(call.q(), call.k(), call.v(), call.mask(), call.options(), call.o(), null));
        assertThat(call.o().tensor().toArray()).containsExactly(first.output());
    }

    @Test
    void headsMayLieInOneFusedProjection() {
        Form form = Form.plain(3, 3, 8, -1, -1);
        Random dice = new Random(3);
        Sequence first = Sequence.of(dice, form, 20, 20, 1);
        Sequence second = Sequence.of(dice, form, 5, 5, 1);
        Result apart = RandomCall.of(form, first, second).run(backend);
        float[] fused = new float[25 * 80];
        for (int t = 0; t < 25; t++) {
            Sequence own = t < 20 ? first : second;
            int at = (t < 20 ? t : t - 20) * 24;
            System.arraycopy(own.q(), at, fused, t * 80 + 4, 24);
            System.arraycopy(own.k(), at, fused, t * 80 + 28, 24);
            System.arraycopy(own.v(), at, fused, t * 80 + 52, 24);
        }
        Tensor qkv = backend.tensor(fused, 25, 80);
        Tensor output = backend.tensor(25, 24);
        backend.attention(new Attention(
                new Heads(qkv, 4, 3, 8),
                new Heads(qkv, 28, 3, 8),
                new Heads(qkv, 52, 3, 8),
                apart.call().mask(),
                Heads.of(output, 3)));
        assertThat(output.toArray()).containsExactly(apart.output());
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
        AttentionOptions plain = AttentionOptions.scaled(1f);
        assertRefused("bias of 5 rows", () -> with(plain.withBias(backend.tensor(5, 4)), two, mask));
        assertRefused("bias of 3 columns", () -> with(plain.withBias(backend.tensor(8, 3)), two, mask));
        assertRefused("sinks are [1, Hq]", () -> with(plain.withSinks(backend.tensor(1, 3)), two, mask));
        assertRefused("soft cap of -1", () -> plain.withSoftcap(-1f));
        assertRefused("soft cap of NaN", () -> plain.withSoftcap(Float.NaN));
    }

    private static Attention with(AttentionOptions options, Heads heads, MaskPlan mask) {
        return new Attention(heads, heads, heads, mask, options, heads, null);
    }

    private static void assertRefused(String message, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }

    private void requireClose(RandomCall random) {
        Result result = random.run(backend);
        AttentionReference reference = new AttentionReference(result.call());
        Form form = random.form();
        int tokens = random.queries().total();
        for (int t = 0; t < tokens; t++) {
            for (int h = 0; h < form.heads(); h++) {
                float[] row = result.row(t, h);
                double bound = TOLERANCE * reference.maxValue[t * form.heads() + h];
                for (int d = 0; d < row.length; d++) {
                    assertThat((double) row[d])
                            .as(
                                    "query %d, head %d of %s, %s",
                                    t, h, form, result.call().mask().mask())
                            .isCloseTo(reference.output[(t * form.heads() + h) * row.length + d], within(bound));
                }
                double expected = reference.lse[h * tokens + t];
                if (expected == Double.NEGATIVE_INFINITY) {
                    assertThat(result.lse(h, t)).isEqualTo(Float.NEGATIVE_INFINITY);
                } else {
                    assertThat((double) result.lse(h, t))
                            .as(
                                    "LSE of query %d, head %d of %s, %s",
                                    t, h, form, result.call().mask().mask())
                            .isCloseTo(expected, within(TOLERANCE * Math.max(1, Math.abs(expected))));
                }
            }
        }
    }
}
