package io.varlen.packing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Beside what {@link RowDealer} really does. */
class PackingForecastTest {
    @Property(tries = 500)
    void itIsWhatOneGroupBecomesWhereLengthsTellAll(
            @ForAll Random random,
            @ForAll @IntRange(min = 0, max = 200) int count,
            @ForAll @IntRange(min = 1, max = 8) int multiple,
            @ForAll @IntRange(min = 1, max = 8) int multiples,
            @ForAll PackingStrategy strategy,
            @ForAll Overflow.Mode mode) {
        if (strategy != PackingStrategy.BFD && strategy != PackingStrategy.FFD || mode == Overflow.Mode.FAIL) {
            return;
        }
        RowLimits limits = new RowLimits(
                multiple * multiples * 4,
                multiple,
                random.nextBoolean() ? RowLimits.ANY_NUMBER : 1 + random.nextInt(5),
                random.nextBoolean() ? RowLimits.UNBOUNDED : (long) multiple * multiple * (1 + random.nextInt(40)));
        int overlap = mode == Overflow.Mode.SPLIT_OVERLAP ? 1 + random.nextInt(3) : 0;
        if (overlap >= limits.pieceLimit()) {
            return;
        }
        PackingRules rules = new PackingRules(strategy, limits, new Overflow(mode, overlap));
        List<TokenizedDocument> documents = documents(random, count, 90);
        List<PackedRow> rows = rows(documents, rules);
        PackingForecast forecast = PackingForecast.of(histogram(documents), rules);

        assertThat(forecast.sampled()).isFalse();
        assertThat(forecast.rows()).isEqualTo(rows.size());
        assertThat(forecast.documents()).isEqualTo(documents.size());
        assertThat(forecast.segments())
                .isEqualTo(rows.stream().mapToLong(row -> row.segments().size()).sum());
        assertThat(forecast.largestSegmentCount())
                .isEqualTo(rows.stream()
                        .mapToInt(row -> row.segments().size())
                        .max()
                        .orElse(0));
        assertThat(forecast.packedTokens())
                .isEqualTo(rows.stream().mapToLong(PackedRow::nTokens).sum());
        assertThat(forecast.squaredLength())
                .isEqualTo(
                        rows.stream().mapToDouble(row -> squares(row, limits)).sum());
        assertThat(forecast.largestSquaredLength())
                .isEqualTo(rows.stream()
                        .mapToLong(row -> squares(row, limits))
                        .max()
                        .orElse(0));
        long came =
                documents.stream().mapToLong(document -> document.ids().length).sum();
        assertThat(forecast.packedTokens()).isEqualTo(came + forecast.repeatedTokens() - forecast.lostTokens());
        assertThat(forecast.paddingTokens()).isEqualTo((long) rows.size() * limits.seqLen() - forecast.packedTokens());
    }

    @ParameterizedTest
    @EnumSource(names = {"WRAPPED", "SEQUENTIAL", "RANDOM_FIT"})
    void itIsCloseWhereTheOrderCounts(PackingStrategy strategy) {
        PackingRules rules = new PackingRules(strategy, RowLimits.ofLength(512), Overflow.SPLIT);
        List<TokenizedDocument> documents = documents(new Random(3), 20_000, 900);
        List<PackedRow> rows = rows(documents, rules);
        PackingForecast forecast = PackingForecast.of(histogram(documents), rules);

        assertThat(forecast.sampled()).isTrue();
        assertThat((double) forecast.rows()).isCloseTo(rows.size(), within(0.01 * rows.size()));
        long segments = rows.stream().mapToLong(row -> row.segments().size()).sum();
        assertThat((double) forecast.segments()).isCloseTo(segments, within(0.01 * segments));
        long split = rows.stream()
                .flatMap(row -> row.segments().stream())
                .filter(segment -> segment.chunk() == 1)
                .count();
        assertThat((double) forecast.splitDocuments()).isCloseTo(split, within(0.02 * split));
        double squares =
                rows.stream().mapToDouble(row -> squares(row, rules.limits())).sum();
        assertThat(forecast.squaredLength()).isCloseTo(squares, within(0.01 * squares));
    }

    @Test
    void aLargeCorpusIsScaledUpFromASample() {
        LengthHistogram small = new LengthHistogram();
        LengthHistogram large = new LengthHistogram();
        Random random = new Random(5);
        for (int i = 0; i < 100_000; i++) {
            int length = (int) Math.min(60_000, 1 + Math.exp(6.1 + 1.1 * random.nextGaussian()));
            small.add(length);
            large.add(length, 10_000);
        }
        for (PackingStrategy strategy : PackingStrategy.values()) {
            PackingRules rules = new PackingRules(strategy, RowLimits.ofLength(2048), Overflow.SPLIT);
            long began = System.nanoTime();
            PackingForecast ofMany = PackingForecast.of(large, rules);
            double seconds = (System.nanoTime() - began) / 1e9;
            PackingForecast ofFew = PackingForecast.of(small, rules);
            assertThat(ofMany.rows() / 1e4).isCloseTo(ofFew.rows(), within(0.01 * ofFew.rows()));
            assertThat(ofMany.squaredLength() / 1e4)
                    .isCloseTo(ofFew.squaredLength(), within(0.01 * ofFew.squaredLength()));
            assertThat(seconds).as("%s over 10^9 documents", strategy).isLessThan(5);
            System.out.printf("%s over 10^9 documents: %.1f ms%n", strategy, seconds * 1e3);
        }
    }

    private static double squaresOf(int length, RowLimits limits) {
        double slots = limits.slots(length);
        return slots * slots;
    }

    private static long squares(PackedRow row, RowLimits limits) {
        return (long) row.segments().stream()
                .mapToDouble(segment -> squaresOf(segment.tokenCount(), limits))
                .sum();
    }

    private static LengthHistogram histogram(List<TokenizedDocument> documents) {
        LengthHistogram lengths = new LengthHistogram();
        documents.forEach(document -> lengths.add(document.ids().length));
        return lengths;
    }

    private static List<PackedRow> rows(List<TokenizedDocument> documents, PackingRules rules) {
        List<PackedRow> rows = new ArrayList<>();
        new RowDealer(documents, rules, 0, 0, 0).rows(0).forEachRemaining(rows::add);
        return rows;
    }

    private static List<TokenizedDocument> documents(Random random, int count, int longest) {
        GroupHash hash = new GroupHash(0);
        List<TokenizedDocument> documents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String id = "d" + i;
            documents.add(new TokenizedDocument(id, hash.of(id), 0, new int[1 + random.nextInt(longest)]));
        }
        return documents;
    }
}
