package io.varlen.packing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.InvalidInputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each strategy against its definition, piece by piece with every row looked at. */
class StrategyOracleTest {

    /** A row as the oracles have it. */
    private record Row(List<Integer> pieces) {
        int slots() {
            return pieces.stream().mapToInt(i -> i).sum();
        }

        long squares() {
            return pieces.stream().mapToLong(i -> (long) i * i).sum();
        }

        boolean takes(int piece, RowLimits limits) {
            return slots() + piece <= limits.seqLen()
                    && pieces.size() < limits.maxDocuments()
                    && squares() + (long) piece * piece <= limits.maxSquaredLength();
        }

        /** The longest piece that it takes, by trying. */
        int reach(RowLimits limits) {
            return IntStream.rangeClosed(1, limits.seqLen())
                    .filter(piece -> takes(piece, limits))
                    .max()
                    .orElse(0);
        }
    }

    @Test
    void bestFitDecreasingUnderEveryLimit() {
        for (int trial = 0; trial < 3000; trial++) {
            Case c = Case.random(trial);
            boolean squares = c.limits.maxSquaredLength() != RowLimits.UNBOUNDED;
            boolean documents = c.limits.maxDocuments() != RowLimits.ANY_NUMBER;
            Comparator<Row> tightest = Comparator.comparingInt((Row row) -> row.reach(c.limits))
                    .thenComparingInt(row -> c.limits.seqLen() - row.slots())
                    .thenComparingLong(row -> squares ? row.squares() : 0)
                    .thenComparingInt(row -> documents ? row.pieces().size() : 0);
            List<Row> expected =
                    pieceByPiece(c, rows -> rows.stream().min(tightest).get());
            java.util.function.Function<Row, String> left = row -> row.slots() + " " + (squares ? row.squares() : "")
                    + " " + (documents ? row.pieces().size() : "");

            assertThat(rows(PackingPlan.bestFitDecreasing(c.histogram(), c.limits)).stream()
                            .map(left))
                    .as("%s", c)
                    .containsExactlyInAnyOrderElementsOf(
                            expected.stream().map(left).toList());
        }
    }

    @Test
    void firstFitDecreasingRowByRow() {
        for (int trial = 0; trial < 3000; trial++) {
            Case c = Case.random(trial);
            assertThat(rows(PackingPlan.firstFitDecreasing(c.histogram(), c.limits)))
                    .as("%s", c)
                    .isEqualTo(pieceByPiece(c, rows -> rows.get(0)));
        }
    }

    @Test
    void nextFitRowByRow() {
        for (int trial = 0; trial < 1000; trial++) {
            Case c = Case.random(trial);
            NextFit fit = new NextFit(c.limits);
            List<Row> expected = new ArrayList<>();
            for (int piece : c.pieces) {
                if (expected.isEmpty() || !expected.get(expected.size() - 1).takes(piece, c.limits)) {
                    expected.add(new Row(new ArrayList<>()));
                }
                expected.get(expected.size() - 1).pieces().add(piece);
                assertThat(fit.place(piece)).as("%s", c).isEqualTo(expected.size() - 1);
            }
        }
    }

    @Test
    void randomFitOpensARowOnlyWhereNoneTakesThePiece() {
        for (int trial = 0; trial < 1000; trial++) {
            Case c = Case.random(trial);
            RandomFit fit = new RandomFit(c.limits, new Random(trial));
            List<Row> rows = new ArrayList<>();
            for (int piece : c.pieces) {
                int row = fit.place(piece);
                boolean any = rows.stream().anyMatch(r -> r.takes(piece, c.limits));
                assertThat(row == rows.size()).as("%s", c).isEqualTo(!any);
                if (row == rows.size()) {
                    rows.add(new Row(new ArrayList<>()));
                } else {
                    assertThat(rows.get(row).takes(piece, c.limits)).as("%s", c).isTrue();
                }
                rows.get(row).pieces().add(piece);
            }
        }
    }

    @Test
    void randomFitDrawsEachRowThatTakesThePieceEquallyOften() {
        Map<Integer, Integer> drawn = new HashMap<>();
        for (int seed = 0; seed < 6000; seed++) {
            RandomFit fit = new RandomFit(RowLimits.ofLength(10), new Random(seed));
            int[] opened = {fit.place(10), fit.place(9), fit.place(8), fit.place(6), fit.place(7)};
            assertThat(opened).containsExactly(0, 1, 2, 3, 4);
            drawn.merge(fit.place(2), 1, Integer::sum);
        }
        assertThat(drawn.keySet()).containsExactlyInAnyOrder(2, 3, 4);
        assertThat(drawn.values()).allSatisfy(count -> assertThat(count).isBetween(1800, 2200));
    }

    /** Segment trees that are sized by powers of two packed nothing at other lengths. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 8, 9, 1000, 1023, 1024, 1025, 2047, 2048, 2049, 3000, 40_961})
    void aRowLengthMayBeAnyNumber(int seqLen) {
        int half = (seqLen + 1) / 2;
        for (PackingStrategy strategy : PackingStrategy.values()) {
            PackingRules rules = new PackingRules(strategy, RowLimits.ofLength(seqLen), Overflow.SPLIT);
            List<TokenizedDocument> documents = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                documents.add(new TokenizedDocument("half" + i, i, 0, new int[half]));
                documents.add(new TokenizedDocument("rest" + i, 10 + i, 0, new int[seqLen - half]));
                documents.add(new TokenizedDocument("full" + i, 20 + i, 0, new int[seqLen]));
            }
            int rows = new RowDealer(documents, rules, 0, 0, 0).rowCount();
            if (strategy != PackingStrategy.SEQUENTIAL && strategy != PackingStrategy.RANDOM_FIT) {
                assertThat(rows).as("%s", strategy).isEqualTo(12);
            } else {
                assertThat(rows).as("%s", strategy).isBetween(12, 18);
            }
        }
    }

    @Test
    void limitsThatCannotBeMetAreRefused() {
        assertThatThrownBy(() -> new RowLimits(10, 4, 1, 100))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("--seq-len 10 is no multiple of --pad-to-multiple 4; the next that is one is 12");
        assertThatThrownBy(() -> new RowLimits(8, 4, 1, 15)).hasMessageContaining("at least 16");
        assertThatThrownBy(() -> new RowLimits(8, 0, 1, 15)).hasMessageContaining("--pad-to-multiple is 0");
        assertThatThrownBy(() -> new RowLimits(8, 1, 0, 15)).hasMessageContaining("--max-documents-per-row is 0");
        assertThatThrownBy(() -> new RowLimits(8, 1, 1, 0)).hasMessageContaining("--max-squared-length is 0");
        assertThat(new RowLimits(2048, 8, 9, 1_000_000).pieceLimit()).isEqualTo(1000);
        assertThat(new RowLimits(2048, 8, 9, 999_999).pieceLimit()).isEqualTo(992);
        assertThat(new RowLimits(1 << 24, 1, 9, Long.MAX_VALUE - 1).pieceLimit())
                .isEqualTo(1 << 24);
        assertThatThrownBy(() -> PackingStrategy.ofName("best")).hasMessageContaining("bfd, ffd, wrapped, sequential");
    }

    /** The bounds of the contract, on its two corpora. */
    @ParameterizedTest
    @ValueSource(strings = {"450 1.1", "700 1.6"})
    void bestFitDecreasingHardlyPads(String corpus) {
        double median = Double.parseDouble(corpus.split(" ")[0]);
        double sigma = Double.parseDouble(corpus.split(" ")[1]);
        for (int seqLen : new int[] {2048, 32_768}) {
            Random random = new Random(20_480);
            LengthHistogram pieces = new LengthHistogram();
            for (int i = 0; i < 1_000_000; i++) {
                long tokens = Math.max(1, Math.round(median * Math.exp(sigma * random.nextGaussian())));
                PackingRules.ofLength(seqLen).count((int) Math.min(tokens, 50_000_000), pieces);
            }
            double padding = 1
                    - PackingPlan.bestFitDecreasing(pieces, RowLimits.ofLength(seqLen))
                            .efficiency();
            assertThat(padding).isBetween(0.0, seqLen == 2048 ? 0.0005 : 0.003);
        }
    }

    /** The time does not depend on the number of documents; the limits are far above what it takes. */
    @Test
    void plansABillionDocumentsQuickly() {
        for (int seqLen : new int[] {2048, 32_768}) {
            LengthHistogram pieces = new LengthHistogram();
            Random random = new Random(7);
            for (int length = 1; length <= seqLen; length++) {
                pieces.add(length, (long) (random.nextDouble() * 2_000_000_000L / seqLen));
            }
            for (RowLimits limits :
                    List.of(RowLimits.ofLength(seqLen), new RowLimits(seqLen, 1, 16, (long) seqLen * seqLen / 2))) {
                LengthHistogram fitting = new LengthHistogram();
                Arrays.stream(pieces.lengths())
                        .filter(length -> length <= limits.pieceLimit())
                        .forEach(length -> fitting.add(length, pieces.count(length)));
                for (PackingStrategy strategy : List.of(PackingStrategy.BFD, PackingStrategy.FFD)) {
                    PackingRules rules = new PackingRules(strategy, limits, Overflow.SPLIT);
                    long start = System.nanoTime();
                    PackingPlan plan = rules.plan(fitting);
                    double seconds = (System.nanoTime() - start) / 1e9;
                    assertThat(plan.tokens()).isEqualTo(fitting.tokens());
                    assertThat(seconds).isLessThan(10);
                }
            }
        }
    }

    private interface Choice {
        Row among(List<Row> fitting);
    }

    private static List<Row> pieceByPiece(Case c, Choice choice) {
        List<Row> rows = new ArrayList<>();
        List<Integer> decreasing = new ArrayList<>(c.pieces);
        decreasing.sort(Comparator.reverseOrder());
        for (int piece : decreasing) {
            Predicate<Row> takes = row -> row.takes(piece, c.limits);
            List<Row> fitting = rows.stream().filter(takes).toList();
            if (fitting.isEmpty()) {
                rows.add(new Row(new ArrayList<>(List.of(piece))));
            } else {
                choice.among(fitting).pieces().add(piece);
            }
        }
        return rows;
    }

    private static List<Row> rows(PackingPlan plan) {
        List<Row> rows = new ArrayList<>();
        for (RowPattern pattern : plan.patterns()) {
            List<Integer> pieces = Arrays.stream(pattern.lengths()).boxed().toList();
            rows.addAll(Collections.nCopies((int) pattern.rows(), new Row(pieces)));
        }
        return rows;
    }

    /** Few lengths and many pieces, or the other way round; limits that bind, and limits that do not. */
    private record Case(int seed, RowLimits limits, List<Integer> pieces) {
        static Case random(int seed) {
            Random random = new Random(seed);
            int seqLen = 1 + random.nextInt(50);
            long most = (long) seqLen * seqLen;
            RowLimits limits = new RowLimits(
                    seqLen,
                    1,
                    random.nextBoolean() ? RowLimits.ANY_NUMBER : 1 + random.nextInt(6),
                    random.nextBoolean() ? RowLimits.UNBOUNDED : 1 + (long) (random.nextDouble() * most));
            int distinct = 1 + random.nextInt(limits.pieceLimit());
            List<Integer> pieces = random.ints(random.nextInt(120), 0, distinct)
                    .mapToObj(i -> 1 + i * limits.pieceLimit() / distinct)
                    .toList();
            return new Case(seed, limits, pieces);
        }

        LengthHistogram histogram() {
            LengthHistogram histogram = new LengthHistogram();
            pieces.forEach(histogram::add);
            return histogram;
        }
    }
}
