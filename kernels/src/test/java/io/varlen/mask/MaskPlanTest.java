package io.varlen.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.sequence.CuSeqlens;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class MaskPlanTest {
    @Property(tries = 400)
    void agreesWithThePredicatePairByPair(@ForAll long seed) {
        RandomMask random = RandomMask.of(new Random(seed), 6, 12);
        MaskPlan plan = MaskPlan.of(random.mask(), random.queries(), random.keys());
        long pairs = 0;
        for (int q = 0; q < random.queries().total(); q++) {
            assertThat(plan.lo(q)).isBetween(0, plan.hi(q));
            if (q > 0) {
                assertThat(plan.lo(q)).isGreaterThanOrEqualTo(plan.lo(q - 1));
                assertThat(plan.hi(q)).isGreaterThanOrEqualTo(plan.hi(q - 1));
            }
            for (int k = 0; k < random.keys().total(); k++) {
                boolean visible = random.visible(q, k);
                assertThat(k >= plan.lo(q) && k < plan.hi(q))
                        .as("query %d, key %d", q, k)
                        .isEqualTo(visible);
                pairs += visible ? 1 : 0;
            }
        }
        assertThat(plan.visitedPairs()).isEqualTo(pairs);
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
            assertThat(tile == MaskPlan.Tile.FULL).isEqualTo(all);
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
        int[] zigzag = {1, 0, 1};
        assertThatThrownBy(() -> MaskPlan.of(Mask.document(zigzag, zigzag), sequences))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("decrease from 1 to 0 at token 1");
    }
}
