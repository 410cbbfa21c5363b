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
 * Deals the pieces of one group into the rows of its plan.
 *
 * <p>Pieces of one length are taken in the order of (group hash, document id bytes, chunk), and the rows come in an order
 * shuffled by seed and group. Whatever the order in which the documents arrive, the same rows come out, in the same order.
 */
public final class RowDealer {
    private final PackingPlan plan;
    private final int padId;
    private final Piece[] dealt; // the pieces of row r of the plan are dealt[cuPieces[r], cuPieces[r + 1])
    private final int[] cuPieces;
    private final int[] order;

    /**
     * Plans the group and deals its pieces.
     *
     * @param documents all documents of the group, in any order; the list is not kept, their ids are
     * @param padId fills the rows
     * @param seed the dataset's seed
     * @param group the group's number
     */
    public RowDealer(Iterable<TokenizedDocument> documents, int seqLen, int padId, long seed, int group) {
        List<Piece> pieces = new ArrayList<>();
        LengthHistogram lengths = new LengthHistogram();
        for (TokenizedDocument document : documents) {
            pieces.addAll(document.pieces(seqLen));
            lengths.addPieces(document.ids().length, seqLen);
        }
        this.plan = PackingPlan.bestFitDecreasing(lengths, seqLen);
        this.padId = padId;
        this.dealt = new Piece[pieces.size()];
        this.cuPieces = new int[Math.toIntExact(plan.rows()) + 1];
        pieces.sort(Comparator.comparingInt(Piece::count).thenComparing(Piece.SEEDED_ORDER));
        deal(pieces, lengths);
        this.order = shuffled(Math.toIntExact(plan.rows()), seed, group);
    }

    /** The plan of this group; {@code plan().rows()} rows will come. */
    public PackingPlan plan() {
        return plan;
    }

    /** The rows, numbered from {@code firstRowId}, each built when it is asked for. */
    public Iterator<PackedRow> rows(long firstRowId) {
        return IntStream.range(0, order.length)
                .mapToObj(i -> row(firstRowId + i, order[i]))
                .iterator();
    }

    private void deal(List<Piece> pieces, LengthHistogram lengths) {
        int[] next = new int[plan.seqLen() + 1];
        int start = 0;
        for (int length : lengths.lengths()) {
            next[length] = start;
            start += Math.toIntExact(lengths.count(length));
        }
        int row = 0;
        int filled = 0;
        for (RowPattern pattern : plan.patterns()) {
            int[] slots = pattern.lengths();
            for (long copy = 0; copy < pattern.rows(); copy++) {
                for (int length : slots) {
                    dealt[filled++] = pieces.get(next[length]++);
                }
                cuPieces[++row] = filled;
            }
        }
    }

    private PackedRow row(long rowId, int planned) {
        List<Piece> pieces = Arrays.asList(dealt).subList(cuPieces[planned], cuPieces[planned + 1]);
        int[] inputIds = new int[plan.seqLen()];
        int nTokens = 0;
        for (Piece piece : pieces) {
            System.arraycopy(piece.document().ids(), piece.start(), inputIds, nTokens, piece.count());
            nTokens += piece.count();
        }
        Arrays.fill(inputIds, nTokens, inputIds.length, padId);
        CuSeqlens cuSeqlens =
                CuSeqlens.ofLengths(pieces.stream().mapToInt(Piece::count).toArray());
        List<Segment> segments = pieces.stream().map(Piece::segment).toList();
        return new PackedRow(rowId, inputIds, nTokens, cuSeqlens, segments, null);
    }

    /** Fisher-Yates with {@link Random}, whose sequence the Java platform specifies. */
    private static int[] shuffled(int count, long seed, int group) {
        Random random = new Random(mix(seed) + group);
        int[] order = IntStream.range(0, count).toArray();
        for (int i = count - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        return order;
    }

    /** The finalizer of SplitMix64: seeds that differ in one bit start far apart. */
    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
