package io.varlen.spark.embedding;

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
     * @param start the position of the first one in the document
     */
    record Piece(long start, int[] ids) implements Serializable {}

    /** A document's token ids as packing had them, special tokens included. */
    record Sequence(String docId, int[] ids) {}

    /** The pieces that one row holds. */
    static List<Tuple2<DocumentKey, Piece>> of(PackedRow row) {
        List<Tuple2<DocumentKey, Piece>> pieces = new ArrayList<>();
        for (int i = 0; i < row.cuSeqlens().count(); i++) {
            Segment segment = row.segments().get(i);
            int[] ids = Arrays.copyOfRange(
                    row.inputIds(), row.cuSeqlens().start(i), row.cuSeqlens().end(i));
            pieces.add(new Tuple2<>(
                    new DocumentKey(segment.docId(), segment.chunk()), new Piece(segment.tokenStart(), ids)));
        }
        return pieces;
    }

    /**
     * The documents that these pieces make up.
     *
     * @param sorted by document and chunk
     */
    static Iterator<Sequence> join(Iterator<Tuple2<DocumentKey, Piece>> sorted) {
        return new Join(sorted);
    }

    private static final class Join implements Iterator<Sequence> {
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
        public Sequence next() {
            if (next == null) {
                throw new NoSuchElementException();
            }
            String docId = next._1().docId();
            List<int[]> runs = new ArrayList<>();
            int length = 0;
            while (next != null && next._1().docId().equals(docId)) {
                requireConsecutive(runs.size(), length);
                runs.add(next._2().ids());
                length = Math.addExact(length, next._2().ids().length);
                advance();
            }
            return new Sequence(docId, concatenate(runs, length));
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

        private static int[] concatenate(List<int[]> runs, int length) {
            if (runs.size() == 1) {
                return runs.get(0);
            }
            int[] all = new int[length];
            int at = 0;
            for (int[] run : runs) {
                System.arraycopy(run, 0, all, at, run.length);
                at += run.length;
            }
            return all;
        }
    }
}
