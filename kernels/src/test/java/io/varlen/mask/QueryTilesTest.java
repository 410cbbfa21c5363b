package io.varlen.mask;

import static org.assertj.core.api.Assertions.assertThat;

import io.varlen.sequence.CuSeqlens;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class QueryTilesTest {
    @Test
    void everyQueryIsInOneTileThatStartsAtItsSequencesOwnStep() {
        for (long seed = 0; seed < 200; seed++) {
            Random dice = new Random(seed);
            RandomMask random = RandomMask.of(dice, 5, 90);
            int size = 1 + dice.nextInt(40);
            BitSet seen = new BitSet();
            for (QueryTile tile :
                    MaskPlan.of(random.mask(), random.queries(), random.keys()).queryTiles(size)) {
                int start = random.queries().start(tile.sequence());
                int end = random.queries().end(tile.sequence());
                assertThat((tile.from() - start) % size).as("seed %d", seed).isZero();
                assertThat(tile.to())
                        .isEqualTo(Math.min(tile.from() + size, end))
                        .isGreaterThan(tile.from());
                for (int q = tile.from(); q < tile.to(); q++) {
                    assertThat(seen.get(q)).as("seed %d, query %d", seed, q).isFalse();
                    seen.set(q);
                }
            }
            assertThat(seen.cardinality()).isEqualTo(random.queries().total());
        }
    }

    @Test
    void whatCostsMostComesFirst() {
        MaskPlan plan = MaskPlan.of(Mask.causal(), CuSeqlens.ofLengths(5, 250, 100));
        assertThat(plan.queryTiles(100))
                .containsExactly(
                        new QueryTile(1, 105, 205),
                        new QueryTile(1, 205, 255),
                        new QueryTile(1, 5, 105),
                        new QueryTile(2, 255, 355),
                        new QueryTile(0, 0, 5));
    }

    @Test
    void theListIsMadeOncePerSize() {
        MaskPlan plan = MaskPlan.of(Mask.full(), CuSeqlens.ofLengths(300));
        List<QueryTile> tiles = plan.queryTiles(64);
        assertThat(plan.queryTiles(64)).isSameAs(tiles);
        assertThat(plan.queryTiles(128)).hasSize(3);
        assertThat(plan.queryTiles(64)).isEqualTo(tiles);
    }
}
