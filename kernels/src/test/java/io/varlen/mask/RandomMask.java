package io.varlen.mask;

import io.varlen.sequence.CuSeqlens;
import java.util.Arrays;
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
        return switch (dice.nextInt(4)) {
            case 0 -> new RandomMask(queries, keys, Mask.full(), (s, q, k) -> true);
            case 1 -> new RandomMask(queries, keys, Mask.causal(), (s, q, k) -> k - keys.end(s) <= q - queries.end(s));
            case 2 -> window(dice, queries, keys, maxLength);
            default -> documents(dice, queries, keys);
        };
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
