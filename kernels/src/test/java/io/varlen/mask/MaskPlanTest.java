package io.varlen.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.sequence.CuSeqlens;
import io.varlen.sequence.Unpadding;
import java.util.BitSet;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class MaskPlanTest {
    @Property(tries = 1000)
    void agreesWithThePredicatePairByPair(@ForAll long seed) {
        RandomMask random = RandomMask.of(new Random(seed), 6, 12);
        MaskPlan plan = MaskPlan.of(random.mask(), random.queries(), random.keys());
        long within = 0;
        long pairs = 0;
        for (int q = 0; q < random.queries().total(); q++) {
            assertThat(plan.lo(q)).isBetween(0, plan.hi(q));
            if (q > 0) {
                assertThat(plan.lo(q)).isGreaterThanOrEqualTo(plan.lo(q - 1));
                assertThat(plan.hi(q)).isGreaterThanOrEqualTo(plan.hi(q - 1));
            }
            within += plan.hi(q) - plan.lo(q);
            for (int k = 0; k < random.keys().total(); k++) {
                boolean visible = random.visible(q, k);
                assertThat(plan.visible(q, k)).as("query %d, key %d", q, k).isEqualTo(visible);
                boolean inside = k >= plan.lo(q) && k < plan.hi(q);
                assertThat(inside).isEqualTo(plan.isDense() ? visible || inside : visible);
                pairs += visible ? 1 : 0;
            }
        }
        assertThat(plan.visitedPairs()).isEqualTo(within);
        assertThat(plan.visiblePairs()).isEqualTo(pairs);
    }

    /** Each end is where a query of the sequence has its own, so no narrower one would do. */
    @Property(tries = 400)
    void denseIntervalsAreAsNarrowAsTheyCanBe(@ForAll long seed) {
        RandomMask random = RandomMask.of(new Random(seed), 3, 20);
        MaskPlan plan = MaskPlan.of(random.mask(), random.queries(), random.keys());
        CuSeqlens queries = random.queries();
        for (int q = 0; q < queries.total() && plan.isDense(); q++) {
            int sequence = queries.sequenceOf(q);
            int lo = plan.lo(q);
            int end = plan.hi(q);
            if (lo < end) {
                assertThat(IntStream.range(q, queries.end(sequence))).anyMatch(later -> random.visible(later, lo));
                assertThat(IntStream.rangeClosed(queries.start(sequence), q))
                        .anyMatch(earlier -> random.visible(earlier, end - 1));
            }
        }
    }

    @Property(tries = 400)
    void bitsTellTheSameAsPairs(@ForAll long seed) {
        Random dice = new Random(seed);
        RandomMask random = RandomMask.of(dice, 3, 150);
        MaskPlan plan = MaskPlan.of(random.mask(), random.queries(), random.keys());
        for (int i = 0; i < 50 && random.queries().total() > 0; i++) {
            int q = dice.nextInt(random.queries().total());
            int from = dice.nextInt(random.keys().total() + 200) - 100;
            long bits = plan.visibleBits(q, from);
            for (int k = 0; k < 64; k++) {
                boolean visible = from + k >= 0 && from + k < random.keys().total() && random.visible(q, from + k);
                assertThat((bits >>> k & 1) != 0)
                        .as("query %d, key %d", q, from + k)
                        .isEqualTo(visible);
            }
        }
    }

    @Property(tries = 400)
    void classifiesTilesByTheirCorners(@ForAll long seed) {
        Random dice = new Random(seed);
        RandomMask random = RandomMask.of(dice, 6, 12);
        MaskPlan plan = MaskPlan.of(random.mask(), random.queries(), random.keys());
        for (int i = 0; i < 20 && random.queries().total() > 0 && random.keys().total() > 0; i++) {
            int queryFrom = dice.nextInt(random.queries().total());
            int queryTo = queryFrom + 1 + dice.nextInt(random.queries().total() - queryFrom);
            int keyFrom = dice.nextInt(random.keys().total());
            int keyTo = keyFrom + 1 + dice.nextInt(random.keys().total() - keyFrom);
            int visible = 0;
            for (int q = queryFrom; q < queryTo; q++) {
                for (int k = keyFrom; k < keyTo; k++) {
                    visible += random.visible(q, k) ? 1 : 0;
                }
            }
            boolean all = visible == (queryTo - queryFrom) * (keyTo - keyFrom);
            MaskPlan.Tile tile = plan.tile(queryFrom, queryTo, keyFrom, keyTo);
            assertThat(tile == MaskPlan.Tile.FULL).isEqualTo(all && !plan.isDense());
            if (tile == MaskPlan.Tile.EMPTY) {
                assertThat(visible).isZero();
            }
        }
    }

    @Test
    void tellsFullEmptyAndPartialTilesOfACausalMaskApart() {
        MaskPlan plan = MaskPlan.of(Mask.causal(), CuSeqlens.ofLengths(8));
        assertThat(plan.tile(4, 8, 0, 4)).isEqualTo(MaskPlan.Tile.FULL);
        assertThat(plan.tile(0, 4, 4, 8)).isEqualTo(MaskPlan.Tile.EMPTY);
        assertThat(plan.tile(0, 4, 0, 4)).isEqualTo(MaskPlan.Tile.PARTIAL);
        assertThat(plan.tile(2, 2, 0, 4)).isEqualTo(MaskPlan.Tile.EMPTY);
        assertThat(plan.visitedPairs()).isEqualTo(8 * 9 / 2);
    }

    @Test
    void causalIsAlignedBottomRight() {
        MaskPlan fewerQueries = MaskPlan.of(Mask.causal(), CuSeqlens.ofLengths(2), CuSeqlens.ofLengths(5));
        assertThat(new int[] {fewerQueries.hi(0), fewerQueries.hi(1)}).containsExactly(4, 5);
        MaskPlan moreQueries = MaskPlan.of(Mask.causal(), CuSeqlens.ofLengths(4), CuSeqlens.ofLengths(2));
        assertThat(new int[] {moreQueries.hi(0), moreQueries.hi(1), moreQueries.hi(2), moreQueries.hi(3)})
                .containsExactly(0, 0, 1, 2);
    }

    @Test
    void theWidestWindowsDoNotOverflow() {
        CuSeqlens sequences = CuSeqlens.ofLengths(3, 5);
        MaskPlan plan = MaskPlan.of(Mask.slidingWindow(Integer.MAX_VALUE, Integer.MAX_VALUE), sequences);
        assertThat(plan.visitedPairs()).isEqualTo(9 + 25);
    }

    @Test
    void documentsAreCutAtTheEndsOfSequences() {
        MaskPlan plan = MaskPlan.of(Mask.document(CuSeqlens.ofLengths(2, 4, 2)), CuSeqlens.ofLengths(4, 4));
        int[][] intervals = {{0, 2}, {0, 2}, {2, 4}, {2, 4}, {4, 6}, {4, 6}, {6, 8}, {6, 8}};
        for (int q = 0; q < 8; q++) {
            assertThat(new int[] {plan.lo(q), plan.hi(q)}).containsExactly(intervals[q]);
        }
    }

    /** Llama 4: borders are counted in keys from the sequence's first. */
    @Test
    void chunksAreCountedFromTheFirstKeyOfASequence() {
        MaskPlan plan = MaskPlan.of(Mask.chunked(3), CuSeqlens.ofLengths(2, 3), CuSeqlens.ofLengths(4, 2));
        int[][] intervals = {{0, 3}, {3, 4}, {4, 4}, {4, 6}, {4, 6}};
        for (int q = 0; q < 5; q++) {
            assertThat(new int[] {plan.lo(q), plan.hi(q)}).as("query %d", q).containsExactly(intervals[q]);
        }
        assertThat(MaskPlan.of(Mask.chunked(Integer.MAX_VALUE), CuSeqlens.ofLengths(4))
                        .visitedPairs())
                .isEqualTo(16);
    }

    @Test
    void aPrefixIsSeenByAllAndTheRestIsCausal() {
        MaskPlan plan = MaskPlan.of(Mask.prefix(new int[] {3, 0, 9}), CuSeqlens.ofLengths(4, 2, 2));
        int[] ends = {3, 3, 3, 4, 5, 6, 8, 8};
        for (int q = 0; q < 8; q++) {
            assertThat(plan.hi(q)).isEqualTo(ends[q]);
        }
    }

    /** Padded left, right and in between: each pair is found again where the padded rows have it. */
    @Property(tries = 200)
    void aDenseMaskOfPaddedRowsIsFoundAgainInThePackedAxis(@ForAll long seed) {
        Random dice = new Random(seed);
        int rows = dice.nextInt(4);
        int length = dice.nextInt(8);
        int[][] tokens = new int[rows][length];
        boolean[][][] visible = new boolean[rows][length][length];
        for (int row = 0; row < rows; row++) {
            for (int q = 0; q < length; q++) {
                tokens[row][q] = dice.nextInt(2);
                for (int k = 0; k < length; k++) {
                    visible[row][q][k] = dice.nextBoolean();
                }
            }
        }
        Unpadding unpadding = Unpadding.ofAttentionMask(tokens);
        MaskPlan plan = plan(Mask.dense(visible, unpadding), unpadding.cuSeqlens());
        int q = 0;
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < length; i++) {
                int k = unpadding.cuSeqlens().start(row);
                for (int j = 0; j < length && tokens[row][i] == 1; j++) {
                    if (tokens[row][j] == 1) {
                        assertThat(plan.visible(q, k++)).isEqualTo(visible[row][i][j]);
                    }
                }
                q += tokens[row][i];
            }
        }
    }

    @Test
    void aDenseMaskOfPackedRowsKeepsTheirSequencesApart() {
        boolean[][][] all = {{{true, true, true}, {true, true, true}, {true, true, true}}};
        Unpadding unpadding = Unpadding.ofAttentionMaskInLength(new int[][] {{1, 2, 0}});
        assertThat(plan(Mask.dense(all, unpadding), unpadding.cuSeqlens()).visiblePairs())
                .isEqualTo(1 + 4);
        assertRefused("not [1, 3, 3]", () -> Mask.dense(new boolean[1][3][2], unpadding));
        assertRefused("not [1, 3, 3]", () -> Mask.dense(new boolean[2][3][3], unpadding));
    }

    @Test
    void emptyTilesOfADenseMaskAreSkipped() {
        int length = 256;
        BitSet diagonal = new BitSet();
        for (int q = 0; q < length; q++) {
            diagonal.set(q * length + q);
        }
        MaskPlan plan = MaskPlan.of(Mask.dense(length, diagonal), CuSeqlens.ofLengths(length));
        assertThat(plan.visitedPairs()).isEqualTo(length);
        assertThat(plan.tile(0, 128, 128, 256)).isEqualTo(MaskPlan.Tile.EMPTY);
        assertThat(plan.tile(0, 128, 0, 64)).isEqualTo(MaskPlan.Tile.PARTIAL);
    }

    @Test
    void aMasksNameSaysWhatItIs() {
        Mask mask = Mask.causal()
                .and(Mask.slidingWindow(5, -1))
                .and(Mask.chunked(7))
                .and(Mask.prefix(2))
                .and(Mask.prefix(new int[] {1, 2}))
                .and(Mask.document(CuSeqlens.ofLengths(1)))
                .and(Mask.dense(1, new BitSet()))
                .and(Mask.full());
        assertThat(mask)
                .hasToString("causal & sliding_window(5, -1) & chunked(7) & prefix(2) & prefix(2 lengths) & document"
                        + " & dense & full");
    }

    @Test
    void refusesDenseMasksThatDoNotFit() {
        CuSeqlens sequences = CuSeqlens.ofLengths(2, 3);
        BitSet bits = new BitSet();
        bits.set(5 * 3);
        assertRefused("2 columns for sequences of up to 3", () -> plan(Mask.dense(2, new BitSet()), sequences));
        assertRefused("bits for 6 queries; there are 5", () -> plan(Mask.dense(3, bits), sequences));
        assertRefused("2^31", () -> plan(Mask.dense(1 << 29, new BitSet()), sequences));
        assertRefused("-1 columns", () -> Mask.dense(-1, new BitSet()));
        assertRefused("1 matrices for 2", () -> Mask.dense(new boolean[1][3][3], sequences));
        assertRefused("sequence 1 has 3 queries", () -> Mask.dense(new boolean[2][2][3], sequences));
        boolean[][][] ragged = {new boolean[2][3], {new boolean[3], new boolean[2], new boolean[3]}};
        assertRefused("2 columns in row 1; the first has 3", () -> Mask.dense(ragged, sequences));
        assertRefused("17 elements for [2, 3, 3]", () -> Mask.dense(new byte[17], 3, 3, sequences));
        byte[] two = new byte[18];
        two[10] = 2;
        assertRefused("[1, 0, 1] of a dense mask is 2", () -> Mask.dense(two, 3, 3, sequences));
        assertRefused("sequence 1 has 3", () -> Mask.dense(new byte[12], 2, 3, sequences));
    }

    @Test
    void nothingFromOutsideChangesAMask() {
        int[] lengths = {1};
        BitSet bits = new BitSet();
        Mask mask = Mask.prefix(lengths).and(Mask.dense(2, bits));
        lengths[0] = 2;
        bits.set(0, 4);
        assertThat(plan(mask, CuSeqlens.ofLengths(2)).visiblePairs()).isZero();
        assertThat(plan(Mask.prefix(new int[] {1}), CuSeqlens.ofLengths(2)).visiblePairs())
                .isEqualTo(3);
    }

    private static MaskPlan plan(Mask mask, CuSeqlens sequences) {
        return MaskPlan.of(mask, sequences);
    }

    private static void assertRefused(String message, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }

    @Test
    void refusesWhatDoesNotFit() {
        CuSeqlens sequences = CuSeqlens.ofLengths(3);
        assertThatThrownBy(() -> Mask.slidingWindow(-2, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MaskPlan.of(Mask.full(), sequences, CuSeqlens.ofLengths(1, 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cu_seqlens_q");
        assertThatThrownBy(() -> MaskPlan.of(Mask.document(CuSeqlens.ofLengths(2)), sequences))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 query ids for 3 tokens");
        assertRefused("chunks of 0", () -> Mask.chunked(0));
        assertRefused("prefix of -1", () -> Mask.prefix(-1));
        assertRefused("2 prefix lengths for 1 sequences", () -> plan(Mask.prefix(new int[2]), sequences));
        int[] zigzag = {1, 0, 1};
        assertThatThrownBy(() -> MaskPlan.of(Mask.document(zigzag, zigzag), sequences))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("decrease from 1 to 0 at token 1");
    }
}
