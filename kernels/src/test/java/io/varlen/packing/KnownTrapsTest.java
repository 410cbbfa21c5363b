package io.varlen.packing;

import static org.assertj.core.api.Assertions.assertThat;

import io.varlen.packing.Overflow.Mode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What other packers were caught at; each test fails on the behaviour that its name denies. */
class KnownTrapsTest {
    private static final int PAD = 0;
    private static final int END_OF_TEXT = 2;

    @ParameterizedTest
    @EnumSource
    void longDocumentsAreNotCutOffUnlessAskedFor(PackingStrategy strategy) {
        List<PackedRow> rows = pack(strategy, 8, documentOf(1000), documentOf(9));
        assertThat(tokens(rows)).isEqualTo(1009);
    }

    @ParameterizedTest
    @EnumSource
    void theTailOfTheLastRowIsNotLost(PackingStrategy strategy) {
        for (int length = 1; length < 30; length++) {
            assertThat(tokens(pack(strategy, 7, documentOf(length), documentOf(3))))
                    .isEqualTo(length + 3);
        }
    }

    /** A shard writer that kept waiting for room went on for ever. */
    @ParameterizedTest
    @EnumSource
    void aDocumentOfExactlyTheRowLengthFillsOneRow(PackingStrategy strategy) {
        List<PackedRow> rows = pack(strategy, 16, documentOf(16), documentOf(16));
        assertThat(rows).hasSize(2).allSatisfy(row -> {
            assertThat(row.nTokens()).isEqualTo(16);
            assertThat(row.cuSeqlens().toArray()).containsExactly(0, 16);
        });
    }

    /** Boundaries that were inferred from positions merged neighbours whose positions are 0 and 0. */
    @ParameterizedTest
    @EnumSource
    void documentsOfOneTokenStayApart(PackingStrategy strategy) {
        List<PackedRow> rows = pack(strategy, 4, documentOf(1), documentOf(1), documentOf(1), documentOf(1));
        assertThat(rows).hasSize(1);
        assertThat(rows.get(0).cuSeqlens().toArray()).containsExactly(0, 1, 2, 3, 4);
        assertThat(rows.get(0).cuSeqlens().positionIds()).containsExactly(0, 0, 0, 0);
        assertThat(rows.get(0).segments().stream().map(Segment::docId)).doesNotHaveDuplicates();
    }

    /** Boundaries that were inferred from the end-of-text id shredded chats and merged what did not end in one. */
    @ParameterizedTest
    @EnumSource
    void anEndOfTextInADocumentIsNoBoundaryAndAMissingOneIsNoBridge(PackingStrategy strategy) {
        int[] shredded = {5, END_OF_TEXT, 5, END_OF_TEXT, PAD, 5};
        int[] open = {7, 7};
        List<PackedRow> rows = pack(strategy, 8, shredded, open);
        assertThat(rows).hasSize(1);
        PackedRow row = rows.get(0);
        assertThat(IntStream.range(0, 2).map(row.cuSeqlens()::length)).containsExactlyInAnyOrder(6, 2);
    }

    /** The pad id is an id like any other: a document may end in it. */
    @ParameterizedTest
    @EnumSource
    void aDocumentThatEndsInPadsKeepsThem(PackingStrategy strategy) {
        List<PackedRow> rows = pack(strategy, 8, new int[] {3, PAD, PAD});
        assertThat(rows.get(0).nTokens()).isEqualTo(3);
    }

    /** First-fit without the sort was called first-fit-decreasing. */
    @ParameterizedTest
    @EnumSource(names = {"BFD", "FFD"})
    void decreasingStrategiesSort(PackingStrategy strategy) {
        List<int[]> documents = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            documents.add(documentOf(3));
            documents.add(documentOf(7));
        }
        for (int trial = 0; trial < 5; trial++) {
            Collections.shuffle(documents, new Random(trial));
            assertThat(pack(strategy, 10, documents.toArray(int[][]::new))).hasSize(40);
        }
    }

    /** Groups of a thousand documents padded by percents where rows are long. */
    @ParameterizedTest
    @EnumSource(names = {"BFD", "FFD"})
    void longRowsAreAsFullAsShortOnes(PackingStrategy strategy) {
        Random random = new Random(1);
        int[][] documents = IntStream.range(0, 30_000)
                .mapToObj(i -> documentOf((int) Math.max(1, Math.round(45 * Math.exp(1.1 * random.nextGaussian())))))
                .toArray(int[][]::new);
        List<PackedRow> rows = pack(strategy, 3276, documents);
        assertThat(1 - tokens(rows) / (rows.size() * 3276.0)).isBetween(0.0, 0.003);
    }

    /** Documents of equal length came in the order of an unstable sort. */
    @ParameterizedTest
    @EnumSource
    void equalLengthsAndEqualHashesStillHaveOneOrder(PackingStrategy strategy) {
        List<TokenizedDocument> documents = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            documents.add(new TokenizedDocument("d" + i, 1, 0, new int[] {i, i, i}));
        }
        PackingRules rules = new PackingRules(strategy, RowLimits.ofLength(7), Overflow.SPLIT);
        List<String> first = contents(documents, rules);
        Collections.shuffle(documents, new Random(3));
        assertThat(contents(documents, rules)).isEqualTo(first);
    }

    /** Decreasing order put the long documents into the first rows and all those of a kind side by side. */
    @ParameterizedTest
    @EnumSource(names = {"BFD", "FFD", "RANDOM_FIT"})
    void rowsAreNotInTheOrderOfTheirLengths(PackingStrategy strategy) {
        int[][] documents =
                IntStream.rangeClosed(1, 60).mapToObj(i -> documentOf(40 + i)).toArray(int[][]::new);
        List<Integer> longest = pack(strategy, 100, documents).stream()
                .map(row -> row.cuSeqlens().maxLength())
                .toList();
        List<Integer> sorted = longest.stream().sorted().toList();
        assertThat(longest).isNotEqualTo(sorted);
        Map<Integer, Integer> place = new TreeMap<>();
        for (int i = 0; i < longest.size(); i++) {
            place.put(longest.get(i), i);
        }
        int[] places = place.values().stream().mapToInt(i -> i).toArray();
        long rises = IntStream.range(1, places.length)
                .filter(i -> places[i] > places[i - 1])
                .count();
        assertThat(rises).isBetween(places.length / 4L, places.length * 3L / 4);
    }

    /** The last piece of an overlapping split began where all of it was there already. */
    @ParameterizedTest
    @EnumSource(names = {"BFD", "SEQUENTIAL"})
    void anOverlapEndsWithTheDocument(PackingStrategy strategy) {
        PackingRules rules = new PackingRules(strategy, RowLimits.ofLength(10), new Overflow(Mode.SPLIT_OVERLAP, 4));
        for (int length = 1; length < 60; length++) {
            List<Piece> pieces = rules.pieces(new TokenizedDocument("d", 0, 0, new int[length]));
            Piece last = pieces.get(pieces.size() - 1);
            assertThat(last.start() + last.count()).isEqualTo(length);
            if (pieces.size() > 1) {
                assertThat(last.count()).isGreaterThan(4);
            }
        }
    }

    private static int[] documentOf(int length) {
        int[] ids = new int[length];
        Arrays.fill(ids, 9);
        return ids;
    }

    private static List<PackedRow> pack(PackingStrategy strategy, int seqLen, int[]... documents) {
        GroupHash hash = new GroupHash(0);
        List<TokenizedDocument> named = new ArrayList<>();
        for (int[] ids : documents) {
            String docId = "document " + named.size();
            named.add(new TokenizedDocument(docId, hash.of(docId), 0, ids));
        }
        PackingRules rules = new PackingRules(strategy, RowLimits.ofLength(seqLen), Overflow.SPLIT);
        List<PackedRow> rows = new ArrayList<>();
        new RowDealer(named, rules, PAD, 0, 0).rows(0).forEachRemaining(rows::add);
        return rows;
    }

    private static List<String> contents(List<TokenizedDocument> documents, PackingRules rules) {
        List<String> contents = new ArrayList<>();
        new RowDealer(documents, rules, PAD, 0, 0)
                .rows(0)
                .forEachRemaining(row -> contents.add(Arrays.toString(row.inputIds()) + row.segments()));
        return contents;
    }

    private static long tokens(List<PackedRow> rows) {
        return rows.stream().mapToLong(PackedRow::nTokens).sum();
    }
}
