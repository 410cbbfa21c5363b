package io.varlen.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.sequence.CuSeqlens;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class BlockMaskTest {
    @Property(tries = 300)
    void agreesWithThePredicatePairByPair(@ForAll long seed) {
        Random dice = new Random(seed);
        RandomMask random = RandomMask.of(dice, 4, 40);
        int queryBlock = 1 + dice.nextInt(90);
        int keyBlock = 1 + dice.nextInt(90);
        int queries = random.queries().total();
        int keys = random.keys().total();
        int rows = (queries + queryBlock - 1) / queryBlock;
        int columns = (keys + keyBlock - 1) / keyBlock;
        int[][] seen = new int[rows][columns];
        for (int q = 0; q < queries; q++) {
            for (int k = 0; k < keys; k++) {
                seen[q / queryBlock][k / keyBlock] += random.visible(q, k) ? 1 : 0;
            }
        }
        BlockMask blocks =
                BlockMask.of(MaskPlan.of(random.mask(), random.queries(), random.keys()), queryBlock, keyBlock);
        assertThat(blocks.kvNumBlocks()).hasSize(rows);
        assertThat(blocks.fullKvNumBlocks()).hasSize(rows);
        int all = queryBlock * keyBlock;
        for (int row = 0; row < rows; row++) {
            int[] counts = seen[row];
            requireFirst(
                    blocks.kvIndices()[row], blocks.kvNumBlocks()[row], columns, c -> counts[c] > 0 && counts[c] < all);
            requireFirst(blocks.fullKvIndices()[row], blocks.fullKvNumBlocks()[row], columns, c -> counts[c] == all);
        }
    }

    private static void requireFirst(int[] indices, int count, int columns, IntPredicate chosen) {
        int[] expected = IntStream.concat(
                        IntStream.range(0, columns).filter(chosen),
                        IntStream.range(0, columns).filter(chosen.negate()))
                .toArray();
        assertThat(indices).containsExactly(expected);
        assertThat(count)
                .isEqualTo((int) IntStream.range(0, columns).filter(chosen).count());
    }

    @Test
    void aCausalMaskHasFullBlocksBelowItsDiagonal() {
        BlockMask blocks = BlockMask.of(MaskPlan.of(Mask.causal(), CuSeqlens.ofLengths(12)), 4, 4);
        assertThat(blocks.kvNumBlocks()).containsExactly(1, 1, 1);
        assertThat(blocks.kvIndices()).isEqualTo(new int[][] {{0, 1, 2}, {1, 0, 2}, {2, 0, 1}});
        assertThat(blocks.fullKvNumBlocks()).containsExactly(0, 1, 2);
        assertThat(blocks.fullKvIndices()).isEqualTo(new int[][] {{0, 1, 2}, {0, 1, 2}, {0, 1, 2}});
    }

    @Test
    void blocksHoldSomething() {
        MaskPlan plan = MaskPlan.of(Mask.full(), CuSeqlens.ofLengths(1));
        assertThatThrownBy(() -> BlockMask.of(plan, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(BlockMask.of(plan, Integer.MAX_VALUE, Integer.MAX_VALUE).kvNumBlocks())
                .containsExactly(1);
    }
}
