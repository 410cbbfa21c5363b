package io.varlen.mask;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The queries of a plan in tiles of at most {@code size}, what costs most first: so threads that share them end together. */
record QueryTiles(int size, List<QueryTile> tiles) {
    static QueryTiles of(MaskPlan plan, int size) {
        List<QueryTile> tiles = new ArrayList<>();
        for (int i = 0; i < plan.queries().count(); i++) {
            int end = plan.queries().end(i);
            for (int from = plan.queries().start(i); from < end; from += size) {
                tiles.add(new QueryTile(i, from, Math.min(size, end - from) + from));
            }
        }
        tiles.sort(
                Comparator.comparingLong((QueryTile tile) -> cost(plan, tile)).reversed());
        return new QueryTiles(size, List.copyOf(tiles));
    }

    /** As many pairs as lie between the first and the last key that the tile sees. */
    private static long cost(MaskPlan plan, QueryTile tile) {
        return (long) (plan.hi(tile.to() - 1) - plan.lo(tile.from())) * (tile.to() - tile.from());
    }
}
