package io.varlen.packing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RowDealerTest {
    private static final int PAD = -7;

    @Property(tries = 300)
    void everyTokenOfEveryDocumentIsInTheRowsOnce(
            @ForAll Random random,
            @ForAll @IntRange(min = 0, max = 200) int count,
            @ForAll @IntRange(min = 1, max = 40) int seqLen) {
        List<TokenizedDocument> documents = documents(random, count, 90, 0);
        List<PackedRow> rows = deal(documents, seqLen, 0, 3);

        Map<String, TreeMap<Integer, int[]>> chunks = new HashMap<>();
        RowCheck check = new RowCheck(seqLen, PAD);
        for (int r = 0; r < rows.size(); r++) {
            PackedRow row = rows.get(r);
            assertThat(row.rowId()).isEqualTo(100 + r);
            assertThat(check.damage(
                            row.inputIds(), row.nTokens(), row.cuSeqlens().toArray(), row.segments(), row.lossMask()))
                    .isEmpty();
            for (int s = 0; s < row.segments().size(); s++) {
                Segment segment = row.segments().get(s);
                int[] ids = Arrays.copyOfRange(
                        row.inputIds(),
                        row.cuSeqlens().start(s),
                        row.cuSeqlens().end(s));
                assertThat(segment.tokenStart()).isEqualTo((long) segment.chunk() * seqLen);
                assertThat(chunks.computeIfAbsent(segment.docId(), d -> new TreeMap<>())
                                .put(segment.chunk(), ids))
                        .isNull();
            }
        }
        for (TokenizedDocument document : documents) {
            int[] joined = chunks.getOrDefault(document.docId(), new TreeMap<>()).values().stream()
                    .flatMapToInt(Arrays::stream)
                    .toArray();
            assertThat(joined).isEqualTo(document.ids());
        }
    }

    @Property(tries = 100)
    void theOrderOfArrivalDoesNotMatter(@ForAll Random random, @ForAll @IntRange(min = 1, max = 40) int seqLen) {
        List<TokenizedDocument> documents = documents(random, 150, 60, 5);
        List<String> expected = contents(deal(documents, seqLen, 11, 0));
        Collections.shuffle(documents, random);

        assertThat(contents(deal(documents, seqLen, 11, 0))).isEqualTo(expected);
    }

    @Test
    void rowsFollowThePlan() {
        List<TokenizedDocument> documents = documents(new Random(4), 500, 100, 0);
        RowDealer dealer = new RowDealer(documents, PackingRules.ofLength(64), PAD, 0, 0);
        List<Integer> spaces = new ArrayList<>();
        dealer.rows(0).forEachRemaining(row -> spaces.add(64 - row.nTokens()));

        LengthHistogram slots = new LengthHistogram();
        documents.forEach(document -> PackingRules.ofLength(64).count(document.ids().length, slots));
        PackingPlan plan = PackingPlan.bestFitDecreasing(slots, RowLimits.ofLength(64));
        assertThat(spaces).hasSize((int) plan.rows()).hasSize(dealer.rowCount());
        assertThat(spaces.stream().mapToLong(i -> i).sum()).isEqualTo(plan.paddingTokens());
        assertThat(spaces).isNotEqualTo(spaces.stream().sorted().toList());
        assertThat(spaces)
                .isNotEqualTo(spaces.stream().sorted(Comparator.reverseOrder()).toList());
    }

    @Test
    void seedAndGroupChangeTheOrderOfTheRowsAndNothingElse() {
        List<TokenizedDocument> documents = documents(new Random(4), 300, 100, 0);
        List<PackedRow> rows = deal(documents, 64, 1, 0);

        for (List<PackedRow> other : List.of(deal(documents, 64, 2, 0), deal(documents, 64, 1, 1))) {
            assertThat(other.stream().map(PackedRow::segments))
                    .containsExactlyInAnyOrderElementsOf(
                            rows.stream().map(PackedRow::segments).toList());
            assertThat(other.stream().map(PackedRow::segments).toList())
                    .isNotEqualTo(rows.stream().map(PackedRow::segments).toList());
        }
    }

    @Test
    void documentsOfEqualLengthComeByHashThenByTheBytesOfTheirIds() {
        // U+FF5E sorts behind U+1F600 in UTF-16, before it in UTF-8
        List<TokenizedDocument> documents = new ArrayList<>(List.of(
                new TokenizedDocument("\uFF5E", 5, 0, new int[] {1}),
                new TokenizedDocument("\uD83D\uDE00", 5, 0, new int[] {1}),
                new TokenizedDocument("b", -1, 0, new int[] {1}),
                new TokenizedDocument("a", 9, 0, new int[] {1}),
                new TokenizedDocument("aa", 5, 0, new int[] {1, 1})));

        assertThat(deal(documents, 6, 0, 0).get(0).segments().stream().map(Segment::docId))
                .containsExactly("aa", "\uFF5E", "\uD83D\uDE00", "a", "b");
    }

    @Test
    void theGroupHashIsTheSpecifiedOne() throws Exception {
        byte[] message = {0x15, (byte) 0xCD, 0x5B, 0x07, 0, 0, 0, 0, (byte) 0xC3, (byte) 0xA9};
        byte[] sha = java.security.MessageDigest.getInstance("SHA-256").digest(message);
        long expected = 0;
        for (int i = 0; i < 8; i++) {
            expected = expected << 8 | sha[i] & 0xFF;
        }
        assertThat(new String(message, 8, 2, StandardCharsets.UTF_8)).isEqualTo("é");
        assertThat(new GroupHash(123_456_789).of("é")).isEqualTo(expected);
    }

    @Test
    void groupsAreAsManyAsTheCorpusNeeds() {
        assertThat(GroupHash.groupCount(0, 0)).isEqualTo(1);
        assertThat(GroupHash.groupCount(100_000, 128L << 20)).isEqualTo(1);
        assertThat(GroupHash.groupCount(100_001, 0)).isEqualTo(2);
        assertThat(GroupHash.groupCount(1, (128L << 20) + 1)).isEqualTo(2);
        assertThat(GroupHash.groupCount(1_000_000_000, 1L << 42)).isEqualTo(32_768);
        assertThat(GroupHash.groupOf(-1, 10)).isEqualTo(5); // 2^64 - 1
    }

    private static List<String> contents(List<PackedRow> rows) {
        return rows.stream()
                .map(row -> row.rowId() + " " + Arrays.toString(row.inputIds()) + row.cuSeqlens() + row.segments())
                .toList();
    }

    private static List<PackedRow> deal(List<TokenizedDocument> documents, int seqLen, long seed, int group) {
        List<PackedRow> rows = new ArrayList<>();
        new RowDealer(documents, PackingRules.ofLength(seqLen), PAD, seed, group)
                .rows(100)
                .forEachRemaining(rows::add);
        return rows;
    }

    /** @param seed of the group hash; few hashes, so that ids decide often */
    private static List<TokenizedDocument> documents(Random random, int count, int maxLength, long seed) {
        GroupHash hash = new GroupHash(seed);
        List<TokenizedDocument> documents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String docId = "d" + i;
            documents.add(new TokenizedDocument(
                    docId,
                    hash.of(docId) & 0xF,
                    random.nextInt(3),
                    random.ints(random.nextInt(maxLength), 0, 1000).toArray()));
        }
        return documents;
    }
}
