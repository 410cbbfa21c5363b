package io.varlen.spark.dataset;

import io.varlen.packing.PackedRow;
import io.varlen.packing.Segment;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import scala.Tuple2;

/** Takes packed rows apart, and puts the pieces of each document together again. */
final class PackedPieces {
    private PackedPieces() {}

    /**
     * A run of a document's token ids.
     *
     * @param source the n-th input of the dataset
     * @param start the position of the first one in the document
     * @param lossMask null in a dataset without loss masks
     */
    record Piece(int source, long start, int[] ids, byte[] lossMask) implements Serializable {}

    /** The pieces that one row holds. */
    static List<Tuple2<DocumentKey, Piece>> of(PackedRow row) {
        List<Tuple2<DocumentKey, Piece>> pieces = new ArrayList<>();
        for (int i = 0; i < row.cuSeqlens().count(); i++) {
            Segment segment = row.segments().get(i);
            int from = row.cuSeqlens().start(i);
            int to = row.cuSeqlens().end(i);
            int[] ids = Arrays.copyOfRange(row.inputIds(), from, to);
            byte[] lossMask = row.lossMask() == null ? null : Arrays.copyOfRange(row.lossMask(), from, to);
            pieces.add(new Tuple2<>(
                    new DocumentKey(segment.docId(), segment.chunk()),
                    new Piece(segment.source(), segment.tokenStart(), ids, lossMask)));
        }
        return pieces;
    }

    /**
     * The documents that these pieces make up.
     *
     * @param sorted by document and chunk
     */
    static Iterator<PackedDocument> join(Iterator<Tuple2<DocumentKey, Piece>> sorted) {
        return new Join(sorted);
    }

    private static final class Join implements Iterator<PackedDocument> {
        private final Iterator<Tuple2<DocumentKey, Piece>> pieces;
        private Tuple2<DocumentKey, Piece> next;

        Join(Iterator<Tuple2<DocumentKey, Piece>> pieces) {
            this.pieces = pieces;
            advance();
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public PackedDocument next() {
            if (next == null) {
                throw new NoSuchElementException();
            }
            String docId = next._1().docId();
            List<Piece> pieces = new ArrayList<>();
            int length = 0;
            while (next != null && next._1().docId().equals(docId)) {
                requireConsecutive(pieces.size(), length);
                pieces.add(next._2());
                length = Math.addExact(length, next._2().ids().length);
                advance();
            }
            return joined(docId, pieces, length);
        }

        private void requireConsecutive(int chunk, long start) {
            if (next._1().chunk() != chunk || next._2().start() != start) {
                throw new IllegalStateException("document " + next._1().docId() + ": found chunk "
                        + next._1().chunk() + " at token " + next._2().start() + " where chunk " + chunk + " at token "
                        + start + " must follow; the packed dataset is damaged, verify names the rows");
            }
        }

        private void advance() {
            next = pieces.hasNext() ? pieces.next() : null;
        }

        private static PackedDocument joined(String docId, List<Piece> pieces, int length) {
            Piece first = pieces.get(0);
            if (pieces.size() == 1) {
                return new PackedDocument(docId, first.source(), first.ids(), first.lossMask());
            }
            int[] ids = new int[length];
            byte[] lossMask = first.lossMask() == null ? null : new byte[length];
            for (Piece piece : pieces) {
                int at = (int) piece.start();
                System.arraycopy(piece.ids(), 0, ids, at, piece.ids().length);
                if (lossMask != null) {
                    System.arraycopy(piece.lossMask(), 0, lossMask, at, piece.ids().length);
                }
            }
            return new PackedDocument(docId, first.source(), ids, lossMask);
        }
    }
}
