package io.varlen.internal.cuda;

import io.varlen.mask.MaskPlan;
import io.varlen.mask.QueryTile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * A list of the struct {@code AttentionTile} of {@code attention.cuh} on the device, what costs most first.
 *
 * @param count how many
 */
record AttentionTiles(long address, int count) {
    private static final int BYTES = 32;

    /** What a list is known by within a plan. */
    private record Key(int size, Object sequences) {}

    /** All queries of a plan in tiles of at most {@code size}. */
    static AttentionTiles of(DevicePlan plan, int size) {
        return of(plan, size, "all", sequence -> true);
    }

    /**
     * The queries of some sequences only.
     *
     * @param name of the selection: equal names, equal selections
     */
    static AttentionTiles of(DevicePlan plan, int size, Object name, IntPredicate sequences) {
        DevicePlan.Array array = plan.array(new Key(size, name), () -> bytes(plan.plan(), size, sequences));
        return new AttentionTiles(array.address(), (int) (array.bytes() / BYTES));
    }

    static ByteBuffer bytes(MaskPlan plan, int size, IntPredicate sequences) {
        List<QueryTile> tiles = plan.queryTiles(size).stream()
                .filter(tile -> sequences.test(tile.sequence()))
                .toList();
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.multiplyExact(tiles.size(), BYTES)).order(ByteOrder.nativeOrder());
        for (QueryTile tile : tiles) {
            int last = tile.to() - 1;
            bytes.putInt(tile.from())
                    .putInt(tile.to())
                    .putInt(plan.lo(tile.from()))
                    .putInt(plan.hi(last))
                    .putInt(plan.lo(last))
                    .putInt(plan.isDense() ? plan.lo(last) : plan.hi(tile.from()))
                    .putInt(plan.keys().start(tile.sequence()))
                    .putInt(tile.sequence());
        }
        return bytes.flip();
    }
}
