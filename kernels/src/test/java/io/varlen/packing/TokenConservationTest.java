package io.varlen.packing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.InvalidInputException;
import io.varlen.packing.Overflow.Mode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Every token of every document is where the rules say, under every strategy and policy. */
class TokenConservationTest {
    private static final int PAD = 7_777_777;
    private static final int CASES = 12_000;

    @Test
    void everyTokenIsAccountedFor() {
        long first = System.nanoTime();
        Map<String, Integer> seen = new TreeMap<>();
        for (int i = 0; i < CASES; i++) {
            long seed = first + i;
            Random random = new Random(seed);
            PackingRules rules = rules(random);
            List<TokenizedDocument> documents = documents(random, rules, random.nextBoolean());
            try {
                check(rules, documents, random);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ", " + rules, e);
            }
            seen.merge(rules.strategy() + " " + rules.overflow().mode(), 1, Integer::sum);
        }
        assertThat(seen)
                .hasSize(1 + 4 * 5)
                .allSatisfy((what, times) -> assertThat(times).isGreaterThan(100));
    }

    private static void check(PackingRules rules, List<TokenizedDocument> documents, Random random) {
        RowDealer dealer = new RowDealer(documents, rules, PAD, 3, 2);
        List<PackedRow> rows = rows(dealer);
        Map<String, TreeMap<Integer, Segment>> segments = new HashMap<>();
        Map<String, TokenizedDocument> byId = new HashMap<>();
        documents.forEach(document -> byId.put(document.docId(), document));
        for (PackedRow row : rows) {
            checkRow(rules.limits(), row);
            for (int s = 0; s < row.segments().size(); s++) {
                Segment segment = row.segments().get(s);
                checkContents(byId.get(segment.docId()), row, s);
                assertThat(segments.computeIfAbsent(segment.docId(), d -> new TreeMap<>())
                                .put(segment.chunk(), segment))
                        .isNull();
            }
        }
        LengthHistogram slots = new LengthHistogram();
        for (TokenizedDocument document : documents) {
            List<Segment> own = List.copyOf(
                    segments.getOrDefault(document.docId(), new TreeMap<>()).values());
            checkCoverage(rules, document.ids().length, own);
            rules.count(document.ids().length, slots);
        }
        assertThat(rows).hasSize(dealer.rowCount());
        rules.rows(slots).ifPresent(planned -> assertThat(rows).hasSize((int) planned));
        Collections.shuffle(documents, random);
        assertThat(contents(rows(new RowDealer(documents, rules, PAD, 3, 2)))).isEqualTo(contents(rows));
        if (rules.strategy() == PackingStrategy.WRAPPED) {
            assertThat(rows.subList(0, Math.max(0, rows.size() - 1)))
                    .allMatch(row -> row.nTokens() == rules.limits().seqLen());
        }
    }

    private static void checkRow(RowLimits limits, PackedRow row) {
        assertThat(new RowCheck(limits.seqLen(), PAD)
                        .damage(
                                row.inputIds(),
                                row.nTokens(),
                                row.cuSeqlens().toArray(),
                                row.segments(),
                                row.lossMask()))
                .isEmpty();
        int[] padded = row.cuSeqlens().paddedTo(limits.padToMultiple()).toArray();
        assertThat(padded[padded.length - 1]).isLessThanOrEqualTo(limits.seqLen());
        assertThat(row.segments().size()).isLessThanOrEqualTo(limits.maxDocuments());
        long squares = 0;
        for (int i = 1; i < padded.length; i++) {
            assertThat(padded[i] % limits.padToMultiple()).isZero();
            squares += (long) (padded[i] - padded[i - 1]) * (padded[i] - padded[i - 1]);
        }
        assertThat(squares).isLessThanOrEqualTo(limits.maxSquaredLength());
    }

    private static void checkContents(TokenizedDocument document, PackedRow row, int s) {
        Segment segment = row.segments().get(s);
        int from = (int) segment.tokenStart();
        int to = from + segment.tokenCount();
        int at = row.cuSeqlens().start(s);
        assertThat(Arrays.equals(document.ids(), from, to, row.inputIds(), at, at + segment.tokenCount()))
                .isTrue();
        assertThat(row.lossMask() == null).isEqualTo(document.lossMask() == null);
        if (row.lossMask() != null) {
            assertThat(Arrays.equals(document.lossMask(), from, to, row.lossMask(), at, at + segment.tokenCount()))
                    .isTrue();
            for (int i = row.nTokens(); i < row.lossMask().length; i++) {
                assertThat(row.lossMask()[i]).isZero();
            }
        }
    }

    /** What the policy says of one document, told without the code under test. */
    private static void checkCoverage(PackingRules rules, int length, List<Segment> segments) {
        int limit = rules.limits().pieceLimit();
        List<String> actual = segments.stream()
                .map(s -> s.chunk() + ":" + s.tokenStart() + "+" + s.tokenCount())
                .toList();
        List<String> expected = new ArrayList<>();
        if (rules.strategy() == PackingStrategy.WRAPPED) {
            long next = 0;
            for (Segment segment : segments) {
                assertThat(segment.tokenStart()).isEqualTo(next);
                next += segment.tokenCount();
            }
            assertThat(next).isEqualTo(length);
            assertThat(segments).hasSizeLessThanOrEqualTo((length + limit - 1) / limit + 1);
            return;
        }
        if (length > 0 && length <= limit) {
            expected.add("0:0+" + length);
        } else if (length > limit) {
            int step = limit - rules.overflow().overlap();
            switch (rules.overflow().mode()) {
                case SPLIT, SPLIT_OVERLAP -> {
                    for (int chunk = 0; chunk == 0 || (chunk - 1) * step + limit < length; chunk++) {
                        expected.add(chunk + ":" + chunk * step + "+" + Math.min(limit, length - chunk * step));
                    }
                }
                case TRUNCATE_TAIL -> expected.add("0:0+" + limit);
                case TRUNCATE_HEAD -> expected.add("0:" + (length - limit) + "+" + limit);
                default -> {}
            }
        }
        assertThat(actual).isEqualTo(expected);
    }

    @Test
    void failNamesNothingTooLongAndRefusesTheRest() {
        PackingRules rules = new PackingRules(PackingStrategy.FFD, RowLimits.ofLength(5), Overflow.of(Mode.FAIL));
        TokenizedDocument five = new TokenizedDocument("five", 0, 0, new int[5]);
        TokenizedDocument six = new TokenizedDocument("six", 0, 0, new int[6]);
        assertThat(new RowDealer(List.of(five), rules, 0, 0, 0).rowCount()).isEqualTo(1);
        assertThat(rules.isTooLong(5)).isFalse();
        assertThat(rules.isTooLong(6)).isTrue();
        assertThatThrownBy(() -> new RowDealer(List.of(five, six), rules, 0, 0, 0))
                .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() {
        RowLimits plain = RowLimits.ofLength(8);
        for (Mode mode : Mode.values()) {
            if (mode != Mode.SPLIT) {
                assertThatThrownBy(() -> new PackingRules(
                                PackingStrategy.WRAPPED, plain, new Overflow(mode, mode == Mode.SPLIT_OVERLAP ? 2 : 0)))
                        .hasMessageContaining("--overflow " + mode.optionName())
                        .hasMessageContaining("wrapped");
            }
        }
        for (RowLimits limits : List.of(
                new RowLimits(8, 2, Integer.MAX_VALUE, Long.MAX_VALUE),
                new RowLimits(8, 1, 3, Long.MAX_VALUE),
                new RowLimits(8, 1, Integer.MAX_VALUE, 40))) {
            assertThatThrownBy(() -> new PackingRules(PackingStrategy.WRAPPED, limits, Overflow.SPLIT))
                    .hasMessageContaining("wrapped");
        }
        assertThatThrownBy(() -> new PackingRules(PackingStrategy.BFD, plain, new Overflow(Mode.SPLIT_OVERLAP, 8)))
                .hasMessageContaining("overlap must be less");
        assertThatThrownBy(() -> new Overflow(Mode.DROP, 3)).hasMessageContaining("only split-overlap");
        assertThatThrownBy(() -> new Overflow(Mode.SPLIT_OVERLAP, 0)).hasMessageContaining("at least 1");
        for (String name : List.of("", "truncate", "split 3", "split-overlap", "split-overlap x", "drop 1")) {
            assertThatThrownBy(() -> Overflow.ofName(name)).hasMessageContaining("split-overlap N, truncate-head");
        }
        assertThat(Overflow.ofName("split-overlap 64").optionName()).isEqualTo("split-overlap 64");
        assertThat(Overflow.ofName("truncate-head")).isEqualTo(Overflow.of(Mode.TRUNCATE_HEAD));
    }

    @Test
    void aDocumentOfTheLongestLengthIsSplitWithoutOverrun() {
        List<Long> ends = new ArrayList<>();
        Overflow.SPLIT.cut(Integer.MAX_VALUE, 1 << 30, (start, count) -> ends.add((long) start + count));
        assertThat(ends).containsExactly(1L << 30, (long) Integer.MAX_VALUE);
    }

    /** Orders and draws are frozen: what was packed once must be packed the same way by every later version. */
    @Test
    void everyStrategyKeepsItsRows() {
        Map<String, String> digests = new TreeMap<>();
        for (PackingStrategy strategy : PackingStrategy.values()) {
            for (int epoch = 0; epoch < 2; epoch++) {
                long seed = GroupHash.seedOf(11, epoch);
                GroupHash hash = new GroupHash(seed);
                List<TokenizedDocument> documents = new ArrayList<>();
                for (int i = 0; i < 200; i++) {
                    String docId = "document " + i;
                    int[] ids = new int[i * i % 101 * 7 % 90];
                    Arrays.setAll(ids, t -> t);
                    documents.add(new TokenizedDocument(docId, hash.of(docId), 0, ids));
                }
                PackingRules rules = new PackingRules(strategy, RowLimits.ofLength(60), Overflow.SPLIT);
                Digest digest = new Digest();
                RowHash rowHash = new RowHash();
                rows(new RowDealer(documents, rules, 0, seed, 0)).forEach(row -> digest.add(rowHash.of(row)));
                digests.put(strategy.optionName() + " " + epoch, digest.hex().substring(0, 16));
            }
        }
        assertThat(digests.values()).doesNotHaveDuplicates();
        assertThat(digests.toString())
                .isEqualTo(
                        "{bfd 0=3eb3d3847b8d07b2, bfd 1=079b04df42bc44c5, ffd 0=6168e791eec7fb10, ffd 1=8eea6417074f5d46,"
                                + " random_fit 0=61bf5bf85d18b653, random_fit 1=7196a3573aead8d2, sequential 0=666076d86a439488,"
                                + " sequential 1=0f39a97502a1e3d7, wrapped 0=6f40f04c70565fd0, wrapped 1=fbe276de903d5f57}");
    }

    private static PackingRules rules(Random random) {
        PackingStrategy[] strategies = PackingStrategy.values();
        PackingStrategy strategy = strategies[random.nextInt(strategies.length)];
        int multiple = strategy == PackingStrategy.WRAPPED ? 1 : 1 + random.nextInt(4);
        int seqLen = multiple * (1 + random.nextInt(20));
        if (strategy == PackingStrategy.WRAPPED) {
            return new PackingRules(strategy, RowLimits.ofLength(seqLen), Overflow.SPLIT);
        }
        long least = (long) multiple * multiple;
        RowLimits limits = new RowLimits(
                seqLen,
                multiple,
                random.nextInt(3) == 0 ? 1 + random.nextInt(5) : RowLimits.ANY_NUMBER,
                random.nextInt(3) == 0 ? least + random.nextInt(seqLen * seqLen) : RowLimits.UNBOUNDED);
        Mode mode = Mode.values()[random.nextInt(Mode.FAIL.ordinal())];
        if (mode == Mode.SPLIT_OVERLAP && limits.pieceLimit() > 1) {
            return new PackingRules(strategy, limits, new Overflow(mode, 1 + random.nextInt(limits.pieceLimit() - 1)));
        }
        return new PackingRules(strategy, limits, Overflow.of(mode == Mode.SPLIT_OVERLAP ? Mode.SPLIT : mode));
    }

    /** Lengths at all edges: none, one token, a full piece and one token more, several pieces. */
    private static List<TokenizedDocument> documents(Random random, PackingRules rules, boolean masked) {
        int limit = rules.limits().pieceLimit();
        GroupHash hash = new GroupHash(random.nextInt());
        List<TokenizedDocument> documents = new ArrayList<>();
        for (int i = random.nextInt(30); i > 0; i--) {
            int length =
                    switch (random.nextInt(7)) {
                        case 0 -> 0;
                        case 1 -> 1;
                        case 2 -> limit;
                        case 3 -> limit + 1;
                        case 4 -> limit * random.nextInt(4);
                        default -> random.nextInt(3 * limit);
                    };
            byte[] mask = new byte[length];
            for (int t = 0; t < length; t++) {
                mask[t] = (byte) random.nextInt(2);
            }
            // ids few enough that pads, and what would be an end of text, are among them
            int[] ids = random.ints(length, 0, 5).map(id -> id == 0 ? PAD : id).toArray();
            documents.add(new TokenizedDocument(
                    "d" + i, hash.of("d" + i) & 0xF, random.nextInt(2), ids, masked ? mask : null));
        }
        documents.sort(Comparator.comparing(TokenizedDocument::docId));
        return documents;
    }

    private static List<PackedRow> rows(RowDealer dealer) {
        List<PackedRow> rows = new ArrayList<>();
        dealer.rows(100).forEachRemaining(rows::add);
        return rows;
    }

    private static List<String> contents(List<PackedRow> rows) {
        return rows.stream()
                .map(row -> row.rowId()
                        + Arrays.toString(row.inputIds())
                        + row.cuSeqlens()
                        + row.segments()
                        + Arrays.toString(row.lossMask()))
                .toList();
    }
}
