package io.varlen.mask;

import io.varlen.sequence.CuSeqlens;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;

/** Random sequences (some of them empty) and a random mask over them, with the mask as a predicate pair by pair. */
public record RandomMask(CuSeqlens queries, CuSeqlens keys, Mask mask, Predicate predicate) {
    /** Whether a query sees a key of the same sequence; {@code q} and {@code k} count in the packed axes. */
    private interface Predicate {
        boolean visible(int sequence, int q, int k);
    }

    /** Up to {@code maxCount} sequences of up to {@code maxLength} tokens. */
    public static RandomMask of(Random dice, int maxCount, int maxLength) {
        int count = dice.nextInt(maxCount + 1);
        CuSeqlens queries = CuSeqlens.ofLengths(lengths(dice, count, maxLength));
        CuSeqlens keys = dice.nextBoolean() ? queries : CuSeqlens.ofLengths(lengths(dice, count, maxLength));
        RandomMask random = atom(dice, queries, keys, maxLength);
        for (int i = dice.nextInt(3); i > 0; i--) {
            RandomMask other = atom(dice, queries, keys, maxLength);
            Predicate first = random.predicate;
            random = new RandomMask(
                    queries,
                    keys,
                    random.mask.and(other.mask),
                    (s, q, k) -> first.visible(s, q, k) && other.predicate.visible(s, q, k));
        }
        return random;
    }

    /** Whether query {@code q} sees key {@code k}. */
    public boolean visible(int q, int k) {
        for (int i = 0; i < queries.count(); i++) {
            if (q >= queries.start(i) && q < queries.end(i)) {
                return k >= keys.start(i) && k < keys.end(i) && predicate.visible(i, q, k);
            }
        }
        throw new IllegalArgumentException("no query " + q);
    }

    private static RandomMask atom(Random dice, CuSeqlens queries, CuSeqlens keys, int maxLength) {
        return switch (dice.nextInt(7)) {
            case 0 -> new RandomMask(queries, keys, Mask.full(), (s, q, k) -> true);
            case 1 -> new RandomMask(queries, keys, Mask.causal(), (s, q, k) -> k - keys.end(s) <= q - queries.end(s));
            case 2 -> window(dice, queries, keys, maxLength);
            case 3 -> chunks(dice, queries, keys, maxLength);
            case 4 -> prefix(dice, queries, keys, maxLength);
            case 5 -> documents(dice, queries, keys);
            default -> dense(dice, queries, keys);
        };
    }

    private static RandomMask chunks(Random dice, CuSeqlens queries, CuSeqlens keys, int maxLength) {
        int size = 1 + dice.nextInt(maxLength + 1);
        return new RandomMask(queries, keys, Mask.chunked(size), (s, q, k) -> {
            int own = q - queries.end(s) + keys.length(s);
            return Math.floorDiv(own, size) == (k - keys.start(s)) / size;
        });
    }

    private static RandomMask prefix(Random dice, CuSeqlens queries, CuSeqlens keys, int maxLength) {
        int[] lengths = new int[keys.count()];
        Arrays.setAll(lengths, i -> dice.nextInt(maxLength + 2));
        boolean forAll = dice.nextBoolean();
        int common = dice.nextInt(maxLength + 2);
        return new RandomMask(
                queries,
                keys,
                forAll ? Mask.prefix(common) : Mask.prefix(lengths),
                (s, q, k) ->
                        k - keys.end(s) <= q - queries.end(s) || k - keys.start(s) < (forAll ? common : lengths[s]));
    }

    /** Also with queries that see nothing, and with nothing seen far from the diagonal. */
    private static RandomMask dense(Random dice, CuSeqlens queries, CuSeqlens keys) {
        int rows = queries.maxLength() + dice.nextInt(3);
        int columns = keys.maxLength() + dice.nextInt(3);
        double density = new double[] {0, 0.02, 0.3, 0.9, 1}[dice.nextInt(5)];
        int reach = dice.nextInt(2 * columns + 1);
        boolean[][][] visible = new boolean[queries.count()][rows][columns];
        for (boolean[][] matrix : visible) {
            for (int q = 0; q < rows; q++) {
                for (int k = 0; k < columns; k++) {
                    matrix[q][k] = Math.abs(q - k) <= reach && dice.nextDouble() < density;
                }
            }
        }
        return new RandomMask(
                queries,
                keys,
                denseMask(dice.nextInt(3), visible, rows, columns, queries),
                (s, q, k) -> visible[s][q - queries.start(s)][k - keys.start(s)]);
    }

    private static Mask denseMask(int form, boolean[][][] visible, int rows, int columns, CuSeqlens queries) {
        if (form == 0) {
            return Mask.dense(visible, queries);
        }
        BitSet bits = new BitSet();
        byte[] bytes = new byte[queries.count() * rows * columns];
        for (int i = 0; i < visible.length; i++) {
            for (int q = 0; q < rows; q++) {
                for (int k = 0; k < columns; k++) {
                    bytes[(i * rows + q) * columns + k] = (byte) (visible[i][q][k] ? 1 : 0);
                    if (q < queries.length(i)) {
                        bits.set((queries.start(i) + q) * columns + k, visible[i][q][k]);
                    }
                }
            }
        }
        return form == 1 ? Mask.dense(columns, bits) : Mask.dense(bytes, rows, columns, queries);
    }

    private static RandomMask window(Random dice, CuSeqlens queries, CuSeqlens keys, int maxLength) {
        int left = dice.nextInt(maxLength + 2) - 1;
        int right = dice.nextInt(maxLength + 2) - 1;
        return new RandomMask(queries, keys, Mask.slidingWindow(left, right), (s, q, k) -> {
            int distance = (k - keys.end(s)) - (q - queries.end(s));
            return (left == -1 || distance >= -left) && (right == -1 || distance <= right);
        });
    }

    private static RandomMask documents(Random dice, CuSeqlens queries, CuSeqlens keys) {
        int[] queryIds = ascendingIds(dice, queries);
        int[] keyIds = queries == keys ? queryIds : ascendingIds(dice, keys);
        return new RandomMask(queries, keys, Mask.document(queryIds, keyIds), (s, q, k) -> queryIds[q] == keyIds[k]);
    }

    private static int[] ascendingIds(Random dice, CuSeqlens sequences) {
        int[] ids = new int[sequences.total()];
        for (int i = 0; i < sequences.count(); i++) {
            int id = dice.nextInt(3) - 1;
            for (int t = sequences.start(i); t < sequences.end(i); t++) {
                id += dice.nextInt(4) == 0 ? 1 + dice.nextInt(2) : 0;
                ids[t] = id;
            }
        }
        return ids;
    }

    private static int[] lengths(Random dice, int count, int maxLength) {
        int[] lengths = new int[count];
        Arrays.setAll(lengths, i -> dice.nextInt(4) == 0 ? 0 : dice.nextInt(maxLength + 1));
        return lengths;
    }

    @Override
    public String toString() {
        return "queries " + queries + ", keys " + keys + ", " + mask;
    }
}
