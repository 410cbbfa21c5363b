package io.varlen.packing;

import io.varlen.sequence.CuSeqlens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Deals the documents of one group into rows.
 *
 * <p>Pieces are taken in the order of (group hash, document id bytes, chunk): all of them, or where the strategy looks at
 * lengths those of each length. Rows come in an order shuffled by seed and group, or in that of their pieces where the
 * strategy keeps it. Whatever the order in which the documents arrive, the same rows come out, in the same order.
 */
public final class RowDealer {
    private final PackingRules rules;
    private final int padId;
    private final List<Piece> pieces = new ArrayList<>();
    private final Piece[] dealt; // the pieces of row r are dealt[cuPieces[r], cuPieces[r + 1])
    private final int[] cuPieces;
    private final int[] order;

    /**
     * Decides which pieces share a row.
     *
     * @param documents all documents of the group, in any order, all of them with a loss mask or none; the list is not
     *     kept, their ids are
     * @param padId fills the rows
     * @param seed the dataset's seed
     * @param group the group's number
     * @throws io.varlen.InvalidInputException if a document is too long and the rules do not allow that
     */
    public RowDealer(Iterable<TokenizedDocument> documents, PackingRules rules, int padId, long seed, int group) {
        this.rules = rules;
        this.padId = padId;
        int[] rowOf =
                switch (rules.strategy()) {
                    case BFD, FFD -> planned(documents);
                    case WRAPPED -> wrapped(documents);
                    case SEQUENTIAL -> fitted(documents, new NextFit(rules.limits()));
                    case RANDOM_FIT -> fitted(documents, new RandomFit(rules.limits(), random(seed + 1, group)));
                };
        int rows = Arrays.stream(rowOf).max().orElse(-1) + 1;
        this.dealt = new Piece[pieces.size()];
        this.cuPieces = new int[rows + 1];
        deal(rowOf);
        this.order = rules.strategy().keepsOrder() ? IntStream.range(0, rows).toArray() : shuffled(rows, seed, group);
        pieces.clear();
    }

    /** How many rows will come. */
    public int rowCount() {
        return order.length;
    }

    /** The rows, numbered from {@code firstRowId}, each built when it is asked for. */
    public Iterator<PackedRow> rows(long firstRowId) {
        return IntStream.range(0, order.length)
                .mapToObj(i -> row(firstRowId + i, order[i]))
                .iterator();
    }

    /** By the plan of the group: its rows take the longest pieces first. */
    private int[] planned(Iterable<TokenizedDocument> documents) {
        LengthHistogram slots = new LengthHistogram();
        for (TokenizedDocument document : documents) {
            pieces.addAll(rules.pieces(document));
            rules.count(document.ids().length, slots);
        }
        pieces.sort(Comparator.comparingInt(this::slots).reversed().thenComparing(Piece.SEEDED_ORDER));
        int[] next = new int[rules.limits().seqLen() + 1];
        int start = pieces.size();
        for (int length : slots.lengths()) {
            start -= Math.toIntExact(slots.count(length));
            next[length] = start;
        }
        int[] rowOf = new int[pieces.size()];
        int row = 0;
        for (RowPattern pattern : rules.plan(slots).patterns()) {
            int[] lengths = pattern.lengths();
            for (long copy = 0; copy < pattern.rows(); copy++, row++) {
                for (int length : lengths) {
                    rowOf[next[length]++] = row;
                }
            }
        }
        return rowOf;
    }

    /** One after the other, to where {@code rows} puts them. */
    private int[] fitted(Iterable<TokenizedDocument> documents, RowFit rows) {
        for (TokenizedDocument document : documents) {
            pieces.addAll(rules.pieces(document));
        }
        pieces.sort(Piece.SEEDED_ORDER);
        return pieces.stream().mapToInt(piece -> rows.place(slots(piece))).toArray();
    }

    /** End to end, cut wherever a row is full. */
    private int[] wrapped(Iterable<TokenizedDocument> documents) {
        List<Piece> whole = new ArrayList<>();
        for (TokenizedDocument document : documents) {
            whole.add(new Piece(document, 0, 0, document.ids().length));
        }
        whole.sort(Piece.SEEDED_ORDER);
        int seqLen = rules.limits().seqLen();
        long at = 0;
        IntStream.Builder rowOf = IntStream.builder();
        for (Piece document : whole) {
            for (int start = 0, chunk = 0; start < document.count(); chunk++) {
                int count = (int) Math.min(document.count() - start, seqLen - at % seqLen);
                pieces.add(new Piece(document.document(), chunk, start, count));
                rowOf.add(Math.toIntExact(at / seqLen));
                start += count;
                at += count;
            }
        }
        return rowOf.build().toArray();
    }

    /** Brings the pieces of each row together, in the order in which they are. */
    private void deal(int[] rowOf) {
        for (int row : rowOf) {
            cuPieces[row + 1]++;
        }
        Arrays.parallelPrefix(cuPieces, Integer::sum);
        int[] next = cuPieces.clone();
        for (int i = 0; i < rowOf.length; i++) {
            dealt[next[rowOf[i]]++] = pieces.get(i);
        }
    }

    private int slots(Piece piece) {
        return rules.limits().slots(piece.count());
    }

    private PackedRow row(long rowId, int planned) {
        List<Piece> pieces = Arrays.asList(dealt).subList(cuPieces[planned], cuPieces[planned + 1]);
        int[] inputIds = new int[rules.limits().seqLen()];
        byte[] lossMask = pieces.get(0).document().lossMask() == null ? null : new byte[inputIds.length];
        int nTokens = 0;
        for (Piece piece : pieces) {
            System.arraycopy(piece.document().ids(), piece.start(), inputIds, nTokens, piece.count());
            if (lossMask != null) {
                System.arraycopy(piece.document().lossMask(), piece.start(), lossMask, nTokens, piece.count());
            }
            nTokens += piece.count();
        }
        Arrays.fill(inputIds, nTokens, inputIds.length, padId);
        CuSeqlens cuSeqlens =
                CuSeqlens.ofLengths(pieces.stream().mapToInt(Piece::count).toArray());
        List<Segment> segments = pieces.stream().map(Piece::segment).toList();
        return new PackedRow(rowId, inputIds, nTokens, cuSeqlens, segments, lossMask);
    }

    /** Fisher-Yates. */
    private static int[] shuffled(int count, long seed, int group) {
        Random random = random(seed, group);
        int[] order = IntStream.range(0, count).toArray();
        for (int i = count - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        return order;
    }

    /** {@link Random}'s sequence is specified by the Java platform. */
    private static Random random(long seed, int group) {
        return new Random(mix(seed) + group);
    }

    /** The finalizer of SplitMix64: seeds that differ in one bit start far apart. */
    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
