package io.varlen.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.mask.RandomMask;
import io.varlen.sequence.CuSeqlens;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every backend promises of attention statistics: their definitions, written down pair by pair. */
public abstract class AttentionStatisticsContract {
    private static final double TOLERANCE = 1e-11;
    private Backend backend;

    /** The backend under test. */
    protected abstract Backend open();

    @BeforeEach
    @BeforeProperty
    void openBackend() {
        backend = open();
    }

    @AfterEach
    @AfterProperty
    void closeBackend() {
        if (backend != null) { // else there is none, and the test is skipped
            backend.close();
        }
    }

    @Property(tries = 300)
    void areAsDefinedForAnyMaskShapeAndOption(@ForAll long seed) {
        Random dice = new Random(seed);
        int maxLength = dice.nextInt(10) == 0 ? 300 : 40;
        RandomMask random = RandomMask.of(dice, 4, maxLength);
        MaskPlan plan = MaskPlan.of(random.mask(), random.queries(), random.keys());
        int keyHeads = 1 + dice.nextInt(3);
        int heads = keyHeads * (1 + dice.nextInt(3));
        int dim = 1 + dice.nextInt(40);
        Attention call = call(dice, plan, heads, keyHeads, dim, options(dice, plan, heads, dim));
        AttentionStatistics found = new AttentionStatistics(call, null, dice.nextInt(maxLength));
        backend.statistics(found);
        requireDefined(found);
    }

    @Property(tries = 200)
    void leakIsTheMassOnOtherSequencesOfTheUnit(@ForAll long seed) {
        Random dice = new Random(seed);
        Rows rows = Rows.random(dice, 4, 5, dice.nextInt(10) == 0 ? 150 : 20);
        Mask[] masks = {Mask.full(), Mask.causal(), Mask.slidingWindow(dice.nextInt(30), dice.nextInt(30))};
        Mask mask = masks[dice.nextInt(masks.length)];
        int heads = 1 + dice.nextInt(4);
        int dim = 1 + dice.nextInt(20);
        AttentionOptions options = AttentionOptions.forHeadDim(dim);
        if (dice.nextBoolean()) {
            options = options.withSinks(tensor(dice, 1, heads, 3));
        }
        Attention call = call(dice, MaskPlan.of(mask, rows.documents), heads, 1, dim, options);
        AttentionStatistics found = new AttentionStatistics(call, MaskPlan.of(mask, rows.rows), 3);
        backend.statistics(found);
        requireDefined(found);
    }

    @Property(tries = 40)
    void holdForScoresOfAnySize(@ForAll long seed) {
        Random dice = new Random(seed);
        MaskPlan mask = MaskPlan.of(Mask.causal(), CuSeqlens.ofLengths(70, 200));
        AttentionOptions options = AttentionOptions.scaled(new float[] {1e-6f, 1f, 300f, -40f}[dice.nextInt(4)]);
        AttentionStatistics found = new AttentionStatistics(
                call(dice, mask, 2, 1, 16, options), MaskPlan.of(Mask.causal(), CuSeqlens.ofLengths(270)), 9);
        backend.statistics(found);
        requireDefined(found);
    }

    @Test
    void anEvenSpreadHasTheFiguresThatOneCanWorkOutByHand() {
        CuSeqlens documents = CuSeqlens.ofLengths(2, 4);
        Tensor zeros = backend.tensor(new float[6 * 8], 6, 8);
        Heads heads = Heads.of(zeros, 1);
        Attention call = new Attention(
                heads, heads, heads, MaskPlan.of(Mask.causal(), documents), Heads.of(backend.tensor(6, 8), 1));
        AttentionStatistics found =
                new AttentionStatistics(call, MaskPlan.of(Mask.causal(), CuSeqlens.ofLengths(6)), 1);
        backend.statistics(found);
        // the last of the second document's four tokens sees all four, and six if nothing isolates it
        assertThat(found.value(AttentionStatistic.ENTROPY, 0, 5)).isEqualTo(Math.log(4));
        assertThat(found.value(AttentionStatistic.MEAN_DISTANCE, 0, 5)).isEqualTo((3 + 2 + 1) / 4.0);
        assertThat(found.value(AttentionStatistic.SINK_MASS, 0, 5)).isEqualTo(0.25);
        assertThat(found.value(AttentionStatistic.WINDOW_MASS, 0, 5)).isEqualTo(0.5);
        assertThat(found.value(AttentionStatistic.MAX_LOGIT, 0, 5)).isZero();
        assertThat(found.value(AttentionStatistic.LEAKAGE, 0, 5)).isEqualTo(2 / 6.0);
        // nothing is before the first document
        assertThat(found.value(AttentionStatistic.LEAKAGE, 0, 1)).isZero();
        assertThat(found.value(AttentionStatistic.ENTROPY, 0, 0)).isZero();
    }

    @Property(tries = 60)
    void bitsDependOnTheSequenceAloneAndLeakageOnTheUnitAlone(@ForAll long seed) {
        Random dice = new Random(seed);
        Rows rows = Rows.random(dice, 4, 4, 150);
        int dim = 1 + dice.nextInt(12);
        Mask mask = dice.nextBoolean() ? Mask.causal() : Mask.slidingWindow(20, 0);
        Attention call = call(dice, MaskPlan.of(mask, rows.documents), 4, 2, dim, AttentionOptions.forHeadDim(dim));
        AttentionStatistics together = new AttentionStatistics(call, MaskPlan.of(mask, rows.rows), 7);
        backend.statistics(together);
        for (int row = 0; row < rows.rows.count(); row++) {
            int from = rows.rows.start(row);
            int to = rows.rows.end(row);
            CuSeqlens documents = rows.documentsOf(row);
            Attention alone = new Attention(
                    part(call.q(), from, to),
                    part(call.k(), from, to),
                    part(call.v(), from, to),
                    MaskPlan.of(mask, documents),
                    call.options(),
                    Heads.of(backend.tensor(to - from, 4 * dim), 4),
                    null);
            AttentionStatistics of =
                    new AttentionStatistics(alone, MaskPlan.of(mask, CuSeqlens.ofLengths(to - from)), 7);
            backend.statistics(of);
            for (AttentionStatistic statistic : AttentionStatistic.values()) {
                for (int h = 0; h < 4; h++) {
                    for (int t = from; t < to; t++) {
                        assertThat(of.value(statistic, h, t - from))
                                .as("%s of query %d", statistic, t)
                                .isEqualTo(together.value(statistic, h, t));
                    }
                }
            }
        }
    }

    @Test
    void whatIsNotFiniteStaysInItsSequence() {
        Random dice = new Random(5);
        MaskPlan mask = MaskPlan.of(Mask.full(), CuSeqlens.ofLengths(3, 100, 4));
        Attention call = call(dice, mask, 2, 2, 4, AttentionOptions.forHeadDim(4));
        AttentionStatistics clean = new AttentionStatistics(call, null, 3);
        backend.statistics(clean);
        float[] q = call.q().tensor().toArray();
        Arrays.fill(q, 3 * 8, 103 * 8, Float.NaN);
        Heads broken = Heads.of(backend.tensor(q, 107, 8), 2);
        AttentionStatistics found = new AttentionStatistics(
                new Attention(broken, call.k(), call.v(), mask, call.options(), call.o(), null), null, 3);
        backend.statistics(found);
        for (int t = 0; t < 107; t++) {
            double entropy = found.value(AttentionStatistic.ENTROPY, 1, t);
            if (t >= 3 && t < 103) {
                assertThat(entropy).isNaN();
            } else {
                assertThat(entropy).isEqualTo(clean.value(AttentionStatistic.ENTROPY, 1, t));
            }
        }
    }

    @Test
    void whatDoesNotFitIsRefused() {
        Random dice = new Random(6);
        MaskPlan mask = MaskPlan.of(Mask.full(), CuSeqlens.ofLengths(3, 4));
        MaskPlan other = MaskPlan.of(Mask.full(), CuSeqlens.ofLengths(8));
        Attention call = call(dice, mask, 2, 1, 4, AttentionOptions.forHeadDim(4));
        assertThatThrownBy(() -> new AttentionStatistics(call, null, -1)).hasMessageContaining("window of -1");
        assertThatThrownBy(() -> new AttentionStatistics(call, null, 1, new double[3]))
                .hasMessageContaining("3 values");
        assertThatThrownBy(() -> new AttentionStatistics(call, other, 1)).hasMessageContaining("other queries or keys");
        Attention biased = call(dice, mask, 2, 1, 4, call.options().withBias(tensor(dice, 7, 4, 1)));
        MaskPlan row = MaskPlan.of(Mask.full(), CuSeqlens.ofLengths(7));
        assertThatThrownBy(() -> new AttentionStatistics(biased, row, 1)).hasMessageContaining("bias");
    }

    /** Documents that lie in rows, which are longer units. */
    private record Rows(CuSeqlens documents, CuSeqlens rows) {
        static Rows random(Random dice, int maxRows, int maxDocuments, int maxLength) {
            int[] rows = new int[1 + dice.nextInt(maxRows)];
            int[] documents = new int[rows.length * maxDocuments];
            for (int i = 0; i < documents.length; i++) {
                documents[i] = dice.nextInt(3) == 0 ? 0 : dice.nextInt(maxLength + 1);
                rows[i / maxDocuments] += documents[i];
            }
            return new Rows(CuSeqlens.ofLengths(documents), CuSeqlens.ofLengths(rows));
        }

        CuSeqlens documentsOf(int row) {
            int each = documents.count() / rows.count();
            int[] lengths = new int[each];
            Arrays.setAll(lengths, i -> documents.length(row * each + i));
            return CuSeqlens.ofLengths(lengths);
        }
    }

    private AttentionOptions options(Random dice, MaskPlan mask, int heads, int dim) {
        AttentionOptions options = AttentionOptions.forHeadDim(dim);
        if (dice.nextInt(3) == 0) {
            options = options.withSoftcap(0.5f + dice.nextFloat());
        }
        if (dice.nextInt(3) == 0) {
            options = options.withSinks(tensor(dice, 1, heads, 5));
        }
        if (dice.nextInt(3) == 0) {
            int tokens = mask.queries().total();
            int columns = mask.keys().maxLength() + dice.nextInt(3);
            options = options.withBias(tensor(dice, dice.nextBoolean() ? tokens : heads * tokens, columns, 2));
        }
        return options;
    }

    private Attention call(Random dice, MaskPlan mask, int heads, int keyHeads, int dim, AttentionOptions options) {
        int tokens = mask.queries().total();
        int keys = mask.keys().total();
        return new Attention(
                Heads.of(tensor(dice, tokens, heads * dim, 2), heads),
                Heads.of(tensor(dice, keys, keyHeads * dim, 2), keyHeads),
                Heads.of(tensor(dice, keys, keyHeads * dim, 2), keyHeads),
                mask,
                options,
                Heads.of(backend.tensor(tokens, heads * dim), heads),
                null);
    }

    private Tensor tensor(Random dice, int rows, int columns, float size) {
        float[] elements = new float[rows * columns];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = size * (float) dice.nextGaussian();
        }
        return backend.tensor(elements, rows, columns);
    }

    private Heads part(Heads heads, int from, int to) {
        int columns = heads.tensor().columns();
        float[] rows = Arrays.copyOfRange(heads.tensor().toArray(), from * columns, to * columns);
        return Heads.of(backend.tensor(rows, to - from, columns), heads.count());
    }

    private static void requireDefined(AttentionStatistics found) {
        Attention call = found.call();
        Definition definition = new Definition(found);
        for (int t = 0; t < call.q().tokens(); t++) {
            for (int h = 0; h < call.q().count(); h++) {
                double[] expected = definition.of(t, h);
                for (AttentionStatistic statistic : AttentionStatistic.values()) {
                    double value = found.value(statistic, h, t);
                    double right = expected[statistic.ordinal()];
                    assertThat(Double.isNaN(value))
                            .as("%s of query %d", statistic, t)
                            .isEqualTo(Double.isNaN(right));
                    if (!Double.isNaN(right)) {
                        assertThat(Math.abs(value - right))
                                .as("%s of query %d, head %d: %s, not %s", statistic, t, h, value, right)
                                .isLessThanOrEqualTo(TOLERANCE * Math.max(1, Math.abs(right)));
                    }
                }
            }
        }
    }

    /** One query of one head after the other, each with its whole row of weights. */
    private static final class Definition {
        private final AttentionStatistics of;
        private final float[] q;
        private final float[] k;
        private final float[] bias;
        private final float[] sinks;

        Definition(AttentionStatistics of) {
            this.of = of;
            this.q = of.call().q().tensor().toArray();
            this.k = of.call().k().tensor().toArray();
            AttentionOptions options = of.call().options();
            this.bias = options.bias() == null ? null : options.bias().toArray();
            this.sinks = options.sinks() == null ? null : options.sinks().toArray();
        }

        /** In the order of the statistics. */
        double[] of(int query, int head) {
            MaskPlan mask = of.call().mask();
            int sequence = mask.queries().sequenceOf(query);
            int first = mask.keys().start(sequence);
            int own = query + mask.keys().end(sequence) - mask.queries().end(sequence);
            double[] scores = scores(query, head, mask);
            double[] p = softmax(head, scores);
            double[] expected = new double[6];
            double max = Arrays.stream(scores).max().orElse(Double.NEGATIVE_INFINITY);
            if (max == Double.NEGATIVE_INFINITY) {
                Arrays.fill(expected, Double.NaN);
            } else {
                for (int key = 0; key < p.length; key++) {
                    expected[0] -= p[key] == 0 ? 0 : p[key] * Math.log(p[key]);
                    expected[1] += p[key] * Math.abs(own - key);
                    expected[2] += key == first ? p[key] : 0;
                    expected[3] += Math.abs(own - key) <= of.window() ? p[key] : 0;
                }
                expected[4] = max;
            }
            expected[5] = Double.NaN;
            if (of.unisolated() != null) {
                double[] all = softmax(head, scores(query, head, of.unisolated()));
                expected[5] = 0;
                for (int key = 0; key < all.length; key++) {
                    expected[5] += mask.keys().sequenceOf(key) == sequence ? 0 : all[key];
                }
            }
            return expected;
        }

        /** Of all keys; -∞ where one is not seen. */
        private double[] scores(int query, int head, MaskPlan mask) {
            Attention call = of.call();
            int dim = call.q().dim();
            int keyHead = head / (call.q().count() / call.k().count());
            AttentionOptions options = call.options();
            double[] scores = new double[call.k().tokens()];
            for (int key = 0; key < scores.length; key++) {
                double score = 0;
                for (int d = 0; d < dim; d++) {
                    score += (double) q[(query * call.q().count() + head) * dim + d]
                            * k[(key * call.k().count() + keyHead) * dim + d];
                }
                score *= options.scale();
                score = options.softcap() > 0 ? options.softcap() * Math.tanh(score / options.softcap()) : score;
                if (mask.visible(query, key) && bias != null) {
                    int tokens = call.q().tokens();
                    int row = options.bias().rows() == tokens ? query : head * tokens + query;
                    int column = key - mask.keys().start(mask.keys().sequenceOf(key));
                    score += bias[row * options.bias().columns() + column];
                }
                scores[key] = mask.visible(query, key) ? score : Double.NEGATIVE_INFINITY;
            }
            return scores;
        }

        private double[] softmax(int head, double[] scores) {
            double sink = sinks == null ? Double.NEGATIVE_INFINITY : sinks[head];
            double max = Math.max(sink, Arrays.stream(scores).max().orElse(Double.NEGATIVE_INFINITY));
            double sum = Math.exp(sink - max)
                    + Arrays.stream(scores).map(s -> Math.exp(s - max)).sum();
            return Arrays.stream(scores).map(s -> Math.exp(s - max) / sum).toArray();
        }
    }
}
