package io.varlen.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import io.varlen.ForkedJvm;
import io.varlen.attention.Attention;
import io.varlen.attention.AttentionOptions;
import io.varlen.attention.Backend;
import io.varlen.attention.Heads;
import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.mask.RandomMask;
import io.varlen.sequence.CuSeqlens;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attention with the Vector API beside the plain-Java form, and where its tiles and its arithmetic could go wrong. */
class VectorAttentionTest {
    private static final int[] DIMS = {1, 2, 3, 8, 33, 64, 80, 100};

    /** Around whole vectors, tiles of queries and tiles of keys. */
    private static final int[] LENGTHS = {
        1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 49, 63, 64, 65, 127, 129, 200
    };

    private static final Backend VECTOR = CpuBackend.open(1, "java", "vector");
    private static final Backend JAVA = CpuBackend.open(1, "java", "java");

    @AfterAll
    static void close() {
        VECTOR.close();
        JAVA.close();
    }

    @Test
    void theseTestsRunOnVectors() {
        assertThat(VECTOR.description()).contains("Java vectors of");
        assertThat(JAVA.description()).contains("attention in plain Java");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8, 33, 64, 80, 100})
    void agreesWithPlainJavaAroundTheWidthsOfTiles(int dim) {
        for (int length : LENGTHS) {
            Random dice = new Random(length * 1000L + dim);
            List.of(Mask.full(), Mask.causal(), Mask.slidingWindow(dice.nextInt(70), dice.nextInt(20)))
                    .forEach(mask -> Call.random(dice, MaskPlan.of(mask, CuSeqlens.ofLengths(3, length)), 1, 1, dim)
                            .requireAgreement(mask + ", length " + length + ", dim " + dim));
        }
    }

    @Test
    void agreesWithPlainJavaForAnyMaskAndOption() {
        agree(17, 300);
    }

    /** What a JVM on other processors does; run by hand it takes the number of tries. */
    public static void main(String[] arguments) {
        System.out.println(VECTOR.description());
        agree(1, Integer.parseInt(arguments[0]));
        System.out.println("agreed");
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 32})
    void agreesWithPlainJavaInNarrowerVectors(int bytes) throws Exception {
        List<String> lines = ForkedJvm.run(
                VectorAttentionTest.class,
                List.of("-XX:MaxVectorSize=" + bytes, "--add-modules=jdk.incubator.vector"),
                Map.of(),
                "60");
        assertThat(lines)
                .anyMatch(line -> line.contains("vectors of " + 8 * bytes + " bits"))
                .contains("agreed");
    }

    private static void agree(long firstSeed, int tries) {
        for (long seed = firstSeed; seed < firstSeed + tries; seed++) {
            Random dice = new Random(seed);
            RandomMask random = RandomMask.of(dice, 4, dice.nextInt(5) == 0 ? 300 : 70);
            Mask mask = random.mask();
            if (dice.nextInt(4) == 0) {
                mask = mask.and(dense(
                        dice,
                        random.queries().total(),
                        Math.max(1, random.keys().maxLength())));
            }
            int keyHeads = 1 + dice.nextInt(2);
            Call call = Call.random(
                    dice,
                    MaskPlan.of(mask, random.queries(), random.keys()),
                    keyHeads * (1 + dice.nextInt(3)),
                    keyHeads,
                    DIMS[dice.nextInt(DIMS.length)]);
            call.chooseOptions(dice);
            call.requireAgreement("seed " + seed);
        }
    }

    private static Mask dense(Random dice, int queries, int columns) {
        BitSet bits = new BitSet();
        IntStream.range(0, queries * columns).filter(i -> dice.nextInt(3) > 0).forEach(bits::set);
        return Mask.dense(columns, bits);
    }

    /** Whatever lies in keys and values that a query does not see, its own result has the same bits, but for rounding. */
    @Test
    void hiddenKeysAndValuesMayHoldAnything() {
        float[] poison = {Float.NaN, Float.intBitsToFloat(0xFFC00001), Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY
        };
        for (long seed = 0; seed < 60; seed++) {
            Random dice = new Random(seed);
            int length = 1 + dice.nextInt(200);
            CuSeqlens sequences = CuSeqlens.ofLengths(length);
            List<Mask> masks = List.of(
                    Mask.causal(),
                    Mask.slidingWindow(dice.nextInt(40), dice.nextInt(9)),
                    Mask.document(CuSeqlens.ofLengths(length / 3, length - length / 3)),
                    dense(dice, length, length));
            MaskPlan plan = MaskPlan.of(masks.get((int) seed % masks.size()), sequences);
            int dim = DIMS[dice.nextInt(DIMS.length)];
            Call clean = Call.random(new Random(seed), plan, 2, 1, dim);
            Call spoilt = Call.random(new Random(seed), plan, 2, 1, dim);
            int bad = dice.nextInt(length);
            int at = bad * dim + dice.nextInt(dim);
            (dice.nextBoolean() ? spoilt.k : spoilt.v).data()[at] = poison[dice.nextInt(poison.length)];
            VECTOR.attention(clean.attention);
            VECTOR.attention(spoilt.attention);
            for (int t = 0; t < length; t++) {
                for (int i = 0; i < 2 * dim && !plan.visible(t, bad); i++) {
                    assertThat(spoilt.o.data()[t * 2 * dim + i])
                            .as("seed %d, query %d, key %d", seed, t, bad)
                            .isCloseTo(clean.o.data()[t * 2 * dim + i], within(1e-5f));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x7FC00000, 0xFFC00000, 0x7F800001, 0x7FC001FF, 0xFFFFFFFF})
    void nanReachesEveryQueryThatSeesIt(int bits) {
        MaskPlan plan = MaskPlan.of(Mask.causal(), CuSeqlens.ofLengths(150));
        for (int bad : new int[] {0, 3, 63, 64, 100, 149}) {
            for (int input = 0; input < 3; input++) {
                Call call = Call.random(new Random(bad), plan, 1, 1, 16);
                CpuTensor tensor = List.of(call.q, call.k, call.v).get(input);
                tensor.data()[bad * 16 + 5] = Float.intBitsToFloat(bits);
                VECTOR.attention(call.attention);
                for (int t = 0; t < 150; t++) {
                    boolean sees = input == 0 ? t == bad : t >= bad;
                    assertThat(Float.isNaN(call.o.data()[t * 16 + 5]))
                            .as("input %d, token %d, query %d", input, bad, t)
                            .isEqualTo(sees);
                    assertThat(Float.isNaN(call.lse.data()[t])).isEqualTo(sees && input < 2);
                }
            }
        }
    }

    @Test
    void aWeightThatIsTooSmallIsExactlyZero() {
        CuSeqlens sequences = CuSeqlens.ofLengths(70);
        Call call = Call.random(new Random(1), MaskPlan.of(Mask.full(), sequences), 1, 1, 2);
        Arrays.fill(call.q.data(), 1f);
        for (float low : new float[] {-100f, -1e5f, -1e30f, Float.NEGATIVE_INFINITY}) {
            for (int best : new int[] {0, 40, 69}) {
                Arrays.fill(call.k.data(), low);
                Arrays.fill(call.v.data(), 1e35f);
                Arrays.fill(call.k.data(), 2 * best, 2 * best + 2, 1f);
                Arrays.fill(call.v.data(), 2 * best, 2 * best + 2, 7f);
                VECTOR.attention(call.attention);
                assertThat(call.o.data()).as("others at %s, best %d", low, best).containsOnly(7f);
                for (float lse : call.lse.data()) {
                    assertThat(lse).isCloseTo((float) Math.sqrt(2), within(1e-5f));
                }
            }
        }
    }

    /** Scratch memory still holds what the call before left there. */
    @Test
    void aSinkAloneGivesZerosWhateverWasComputedBefore() {
        Call poisoned = Call.random(new Random(1), MaskPlan.of(Mask.full(), CuSeqlens.ofLengths(300)), 1, 1, 16);
        Arrays.fill(poisoned.v.data(), Float.NaN);
        MaskPlan nothing = MaskPlan.of(Mask.full(), CuSeqlens.ofLengths(300), CuSeqlens.ofLengths(0));
        Call call = Call.random(new Random(2), nothing, 1, 1, 16);
        CpuTensor sink = new CpuTensor(new float[] {0.7f}, 1, 1);
        Attention withSink = new Attention(
                call.attention.q(),
                call.attention.k(),
                call.attention.v(),
                nothing,
                call.attention.options().withSinks(sink),
                call.attention.o(),
                call.attention.lse());
        VECTOR.attention(poisoned.attention);
        VECTOR.attention(withSink);
        assertThat(call.o.data()).containsOnly(0f);
        for (float lse : call.lse.data()) {
            assertThat(lse).isCloseTo(0.7f, within(1e-6f));
        }
    }

    @Test
    void scratchMemoryIsUsedAgain() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        MaskPlan plan = MaskPlan.of(Mask.causal(), CuSeqlens.ofLengths(57, 130));
        Call call = Call.random(new Random(1), plan, 4, 2, 32);
        long perCall = Long.MAX_VALUE;
        for (long start = System.nanoTime(); perCall > 1000 && System.nanoTime() - start < 30_000_000_000L; ) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1000; i++) {
                VECTOR.attention(call.attention);
            }
            perCall = (threads.getCurrentThreadAllocatedBytes() - before) / 1000;
        }
        assertThat(perCall).as("bytes per call once the compiler is done").isLessThanOrEqualTo(1000);
    }

    @Test
    void manyCallersShareABackend() {
        int[] dims = {64, 8, 33, 36};
        List<Call> calls = IntStream.range(0, 64)
                .mapToObj(i -> Call.random(
                        new Random(i),
                        MaskPlan.of(Mask.causal(), CuSeqlens.ofLengths(1 + i % 5, 90)),
                        2,
                        1,
                        dims[i % dims.length]))
                .toList();
        List<float[]> alone = calls.stream()
                .map(call -> {
                    VECTOR.attention(call.attention);
                    return call.o.data().clone();
                })
                .toList();
        for (int round = 0; round < 20; round++) {
            calls.forEach(call -> Arrays.fill(call.o.data(), Float.NaN));
            calls.parallelStream().forEach(call -> VECTOR.attention(call.attention));
            for (int i = 0; i < calls.size(); i++) {
                assertThat(calls.get(i).o.data()).containsExactly(alone.get(i));
            }
        }
    }

    /** A call and the tensors behind it. */
    private static final class Call {
        final CpuTensor q;
        final CpuTensor k;
        final CpuTensor v;
        final CpuTensor o;
        final CpuTensor lse;
        Attention attention;

        private Call(Random dice, MaskPlan mask, int heads, int keyHeads, int dim) {
            q = normal(dice, mask.queries().total(), heads * dim);
            k = normal(dice, mask.keys().total(), keyHeads * dim);
            v = normal(dice, mask.keys().total(), keyHeads * dim);
            o = CpuTensor.allocate(mask.queries().total(), heads * dim);
            lse = CpuTensor.allocate(heads, mask.queries().total());
            attention = new Attention(
                    new Heads(q, 0, heads, dim),
                    new Heads(k, 0, keyHeads, dim),
                    new Heads(v, 0, keyHeads, dim),
                    mask,
                    AttentionOptions.forHeadDim(dim),
                    new Heads(o, 0, heads, dim),
                    lse);
        }

        static Call random(Random dice, MaskPlan mask, int heads, int keyHeads, int dim) {
            return new Call(dice, mask, heads, keyHeads, dim);
        }

        void chooseOptions(Random dice) {
            MaskPlan mask = attention.mask();
            int heads = attention.q().count();
            AttentionOptions options = attention.options();
            if (dice.nextInt(4) == 0) {
                options = options.withSoftcap(1 + 10 * dice.nextFloat());
            }
            if (dice.nextInt(4) == 0) {
                int rows = mask.queries().total() * (dice.nextBoolean() ? heads : 1);
                CpuTensor bias = normal(dice, rows, mask.keys().maxLength() + dice.nextInt(3));
                for (int i = 0; i < bias.data().length; i++) {
                    bias.data()[i] = dice.nextInt(20) == 0 ? Float.NEGATIVE_INFINITY : bias.data()[i];
                }
                options = options.withBias(bias);
            }
            if (dice.nextInt(4) == 0) {
                options = options.withSinks(normal(dice, 1, heads));
            }
            attention = new Attention(
                    attention.q(), attention.k(), attention.v(), mask, options, attention.o(), attention.lse());
        }

        void requireAgreement(String what) {
            Arrays.fill(o.data(), Float.NaN);
            VECTOR.attention(attention);
            float[] output = o.data().clone();
            float[] logSums = lse.data().clone();
            JAVA.attention(attention);
            double most = 0;
            for (float x : v.data()) {
                most = Math.max(most, Math.abs(x));
            }
            requireClose(what + ", output", output, o.data(), 1e-5 * most);
            requireClose(what + ", lse", logSums, lse.data(), 1e-5);
        }

        private static void requireClose(String what, float[] actual, float[] expected, double bound) {
            for (int i = 0; i < expected.length; i++) {
                boolean close = actual[i] == expected[i]
                        || Math.abs(actual[i] - expected[i]) <= bound * Math.max(1, Math.abs(expected[i]));
                if (!close) {
                    throw new AssertionError(what + " at " + i + ": " + actual[i] + " for " + expected[i]);
                }
            }
        }

        private static CpuTensor normal(Random dice, int rows, int columns) {
            CpuTensor tensor = CpuTensor.allocate(rows, columns);
            for (int i = 0; i < tensor.data().length; i++) {
                tensor.data()[i] = (float) dice.nextGaussian();
            }
            return tensor;
        }
    }
}
