package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ShortTilesTest {
    private static final int QUERY_BEGIN = 0;
    private static final int ROW_BEGIN = 1;
    private static final int ROW_COUNT = 2;
    private static final int SLOT = 3;
    private static final int KEY_BEGIN = 4;
    private static final int KEY_END = 5;
    private static final int COPY_BEGIN = 6;
    private static final int COPY_END = 7;

    private static int[][] groups(CuSeqlens queries, CuSeqlens keys, int groups, int heads) {
        MaskPlan plan = MaskPlan.of(Mask.full(), queries, keys);
        ByteBuffer bytes = ShortTiles.of(plan, groups, heads, sequence -> true).order(ByteOrder.nativeOrder());
        int[][] all = new int[bytes.remaining() / 32][8];
        for (int[] group : all) {
            for (int i = 0; i < 8; i++) {
                group[i] = bytes.getInt();
            }
        }
        assertThat(all.length % groups).isZero();
        return all;
    }

    @Test
    void sequencesThatFitTogetherShareATile() {
        CuSeqlens lengths = CuSeqlens.ofLengths(20, 16, 10, 40, 16);
        int[][] groups = groups(lengths, lengths, 4, 1);
        assertThat(groups).isDeepEqualTo(new int[][] {
            {0, 0, 16, 0, 0, 20, 0, 20},
            {0, 16, 4, 0, 0, 20, 16, 20},
            {20, 0, 16, 32, 20, 36, 20, 36},
            {36, 0, 10, 48, 36, 46, 36, 46},
            {46, 0, 16, 0, 46, 86, 46, 86},
            {46, 16, 16, 0, 46, 86, 62, 86},
            {46, 32, 8, 0, 46, 86, 78, 86},
            {86, 0, 16, 48, 86, 102, 86, 102}
        });
    }

    @Test
    void headsThatShareAKeyHeadAreRows() {
        CuSeqlens lengths = CuSeqlens.ofLengths(0, 10);
        int[][] groups = groups(lengths, lengths, 4, 3);
        assertThat(Arrays.stream(groups).mapToInt(group -> group[ROW_COUNT])).containsExactly(16, 14, 0, 0);
        assertThat(Arrays.stream(groups).mapToInt(group -> group[COPY_END] - group[COPY_BEGIN]))
                .containsExactly(10, 0, 0, 0);
    }

    @Test
    void aSequenceThatFitsNoTileHasItsOwn() {
        CuSeqlens lengths = CuSeqlens.ofLengths(5, 100);
        int[][] groups = groups(lengths, lengths, 4, 1);
        assertThat(groups).hasDimensions(12, 8);
        assertThat(Arrays.stream(groups).mapToInt(group -> group[ROW_BEGIN]))
                .containsExactly(0, 16, 32, 48, 64, 80, 96, 0, 0, 0, 0, 0);
        assertThat(Arrays.stream(groups).mapToInt(group -> group[ROW_COUNT]))
                .containsExactly(16, 16, 16, 16, 16, 16, 4, 0, 5, 0, 0, 0);
        assertThat(Arrays.stream(groups).mapToInt(group -> group[COPY_BEGIN]))
                .as("from its first key on in each tile")
                .containsExactly(5, 21, 37, 53, 5, 21, 37, 53, 0, 0, 0, 0);
    }

    /** Every row is in one group, and its keys are where the group looks for them. */
    @Property(tries = 300)
    void holdsEveryRowOnce(@ForAll long seed) {
        Random dice = new Random(seed);
        int count = dice.nextInt(30);
        int longest = 1 + dice.nextInt(200);
        CuSeqlens queries = CuSeqlens.ofLengths(dice.ints(count, 0, longest + 1).toArray());
        CuSeqlens keys = dice.nextBoolean()
                ? queries
                : CuSeqlens.ofLengths(dice.ints(count, 0, longest + 1).toArray());
        int tile = dice.nextBoolean() ? 4 : 8;
        int heads = 1 + dice.nextInt(5);
        int[][] groups = groups(queries, keys, tile, heads);
        boolean[][] seen = new boolean[count][];
        for (int i = 0; i < count; i++) {
            seen[i] = new boolean[queries.length(i) * heads];
        }
        for (int g = 0; g < groups.length; g++) {
            int[] group = groups[g];
            assertThat(groups[g / tile * tile][ROW_COUNT])
                    .as("group 0 has rows")
                    .isPositive();
            if (group[ROW_COUNT] > 0) {
                int sequence = sequenceOf(queries, group[QUERY_BEGIN]);
                assertThat(group[QUERY_BEGIN]).isEqualTo(queries.start(sequence));
                for (int r = 0; r < group[ROW_COUNT]; r++) {
                    assertThat(seen[sequence][group[ROW_BEGIN] + r]).isFalse();
                    seen[sequence][group[ROW_BEGIN] + r] = true;
                }
                requireKeys(groups, g, tile, keys.start(sequence), keys.end(sequence));
            }
        }
        for (boolean[] rows : seen) {
            for (boolean row : rows) {
                assertThat(row).as("seed %d", seed).isTrue();
            }
        }
    }

    private static int sequenceOf(CuSeqlens queries, int token) {
        int sequence = 0;
        while (queries.end(sequence) <= token) {
            sequence++;
        }
        return sequence;
    }

    private static void requireKeys(int[][] groups, int g, int tile, int begin, int end) {
        int[] group = groups[g];
        assertThat(group[KEY_BEGIN]).isEqualTo(begin);
        assertThat(group[KEY_END]).isEqualTo(end);
        assertThat(group[SLOT] % 16).isZero();
        int fits = end - begin > tile * 16 ? tile * 16 : end - begin;
        for (int key = 0; key < fits; key += 16) {
            int[] keys = groups[g / tile * tile + (group[SLOT] + key) / 16];
            assertThat(keys[COPY_BEGIN]).isEqualTo(begin + key);
            assertThat(keys[COPY_END]).isEqualTo(end);
        }
    }
}
