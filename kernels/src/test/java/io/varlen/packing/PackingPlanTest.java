package io.varlen.packing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PackingPlanTest {

    @Property(tries = 4000)
    void equalsBestFitDecreasingPieceByPiece(
            @ForAll @IntRange(min = 1, max = 64) int seqLen, @ForAll("lengths") int[] raw) {
        int[] lengths = Arrays.stream(raw).map(length -> 1 + length % seqLen).toArray();
        PackingPlan plan = PackingPlan.bestFitDecreasing(histogram(lengths), RowLimits.ofLength(seqLen));

        assertThat(spaces(plan)).isEqualTo(pieceByPiece(lengths, seqLen));
        assertThat(pieces(plan)).containsExactly(Arrays.stream(lengths).sorted().toArray());
        assertThat(plan.tokens()).isEqualTo(Arrays.stream(lengths).sum());
        assertThat(plan.paddingTokens())
                .isEqualTo(spaces(plan).stream().mapToInt(i -> i).sum());
    }

    /** Few distinct lengths make large classes of equal rows, many make small ones. */
    @Provide
    Arbitrary<int[]> lengths() {
        return Arbitraries.integers()
                .between(1, 63)
                .flatMap(distinct -> Arbitraries.integers()
                        .between(0, distinct)
                        .map(i -> i * 64 / (distinct + 1))
                        .array(int[].class)
                        .ofMaxSize(300));
    }

    @Test
    void equalsPieceByPieceAtTheLengthOfRealRows() {
        long seed = System.nanoTime();
        for (int trial = 0; trial < 20; trial++) {
            int[] lengths = logNormal(new Random(seed + trial), 2000, 2048);
            assertThat(spaces(PackingPlan.bestFitDecreasing(histogram(lengths), RowLimits.ofLength(2048))))
                    .as("seed %d", seed + trial)
                    .isEqualTo(pieceByPiece(lengths, 2048));
        }
    }

    /** The bound of the contract: log-normal documents, the long ones split. */
    @Test
    void padsAtMostOneInAThousandSlots() {
        LengthHistogram pieces = new LengthHistogram();
        Random random = new Random(20_480);
        for (int i = 0; i < 100_000; i++) {
            PackingRules.ofLength(2048)
                    .count((int) Math.max(1, Math.round(450 * Math.exp(1.1 * random.nextGaussian()))), pieces);
        }
        PackingPlan plan = PackingPlan.bestFitDecreasing(pieces, RowLimits.ofLength(2048));

        assertThat(plan.tokens()).isEqualTo(pieces.tokens());
        assertThat(1 - plan.efficiency()).isBetween(0.0, 0.001);
    }

    /** The time does not depend on the number of documents; the limit is far above what any machine of today needs. */
    @Test
    void plansATrillionDocumentsOfLongRowsQuickly() {
        int seqLen = 131_072;
        LengthHistogram pieces = new LengthHistogram();
        Random random = new Random(7);
        for (int length = 1; length <= seqLen; length++) {
            pieces.add(length, (long) (random.nextDouble() * 2 * 7_600_000));
        }
        assertThat(pieces.total()).isGreaterThan(900_000_000_000L);

        long start = System.nanoTime();
        PackingPlan plan = PackingPlan.bestFitDecreasing(pieces, RowLimits.ofLength(seqLen));
        double seconds = (System.nanoTime() - start) / 1e9;

        assertThat(plan.tokens()).isEqualTo(pieces.tokens());
        assertThat(plan.efficiency()).isGreaterThan(0.999);
        assertThat(seconds).isLessThan(20);
    }

    @Test
    void patternsHoldWholeRows() {
        PackingPlan plan = PackingPlan.bestFitDecreasing(
                LengthHistogram.of(new int[] {3, 5}, new long[] {7, 2}), RowLimits.ofLength(8));

        assertThat(plan.patterns().stream().map(p -> Arrays.toString(p.lengths()) + "x" + p.rows()))
                .containsExactlyInAnyOrder("[5, 3]x2", "[3, 3]x2", "[3]x1");
        assertThat(plan.rows()).isEqualTo(5);
        assertThat(plan.paddingTokens()).isEqualTo(2 * 2 + 5);
    }

    @Test
    void nothingNeedsNoRow() {
        PackingPlan plan = PackingPlan.bestFitDecreasing(new LengthHistogram(), RowLimits.ofLength(8));

        assertThat(plan.rows()).isZero();
        assertThat(plan.efficiency()).isEqualTo(1);
    }

    @Test
    void aPieceLongerThanARowIsRefused() {
        assertThatThrownBy(() -> PackingPlan.bestFitDecreasing(histogram(9), RowLimits.ofLength(8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("9");
    }

    /** The algorithm as its definition has it: one piece after the other, every row looked at. */
    private static List<Integer> pieceByPiece(int[] lengths, int seqLen) {
        List<Integer> decreasing = new ArrayList<>(
                Arrays.stream(lengths).boxed().sorted(Comparator.reverseOrder()).toList());
        List<Integer> spaces = new ArrayList<>();
        for (int length : decreasing) {
            int best = -1;
            for (int row = 0; row < spaces.size(); row++) {
                if (spaces.get(row) >= length && (best < 0 || spaces.get(row) < spaces.get(best))) {
                    best = row;
                }
            }
            if (best < 0) {
                spaces.add(seqLen - length);
            } else {
                spaces.set(best, spaces.get(best) - length);
            }
        }
        Collections.sort(spaces);
        return spaces;
    }

    private static List<Integer> spaces(PackingPlan plan) {
        List<Integer> spaces = new ArrayList<>();
        for (RowPattern pattern : plan.patterns()) {
            int space = plan.seqLen() - Arrays.stream(pattern.lengths()).sum();
            spaces.addAll(Collections.nCopies((int) pattern.rows(), space));
        }
        Collections.sort(spaces);
        return spaces;
    }

    private static int[] pieces(PackingPlan plan) {
        return plan.patterns().stream()
                .flatMap(p -> Collections.nCopies((int) p.rows(), p.lengths()).stream())
                .flatMapToInt(Arrays::stream)
                .sorted()
                .toArray();
    }

    private static LengthHistogram histogram(int... lengths) {
        LengthHistogram histogram = new LengthHistogram();
        Arrays.stream(lengths).forEach(histogram::add);
        return histogram;
    }

    private static int[] logNormal(Random random, int count, int max) {
        return random.doubles(count)
                .mapToInt(u ->
                        (int) Math.min(max, Math.max(1, Math.round(450 * Math.exp(1.1 * random.nextGaussian())))))
                .toArray();
    }
}
