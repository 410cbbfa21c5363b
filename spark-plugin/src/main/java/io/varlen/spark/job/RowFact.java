package io.varlen.spark.job;

import java.io.Serializable;
import java.util.Comparator;
import org.apache.spark.Partitioner;

/**
 * What one row says that only other rows can confirm: its id, or that it holds a chunk of a document.
 *
 * @param docId null for the row's id
 * @param source of the document
 * @param chunk the n-th piece of the document
 * @param tokenStart where the piece starts in the document
 * @param tokenCount the tokens of the piece
 * @param rowId the row's id, null if it has none
 * @param part the file of the row
 * @param index the row's index in it
 */
record RowFact(
        String docId, int source, int chunk, long tokenStart, int tokenCount, Long rowId, String part, long index)
        implements Serializable {

    /** Facts that must be seen together, one after the other: equal row ids, and the chunks of one document in order. */
    static final class Order implements Comparator<RowFact>, Serializable {
        private static final Comparator<RowFact> ORDER = Comparator.comparing(
                        RowFact::docId, Comparator.nullsFirst(Comparator.naturalOrder()))
                .thenComparingLong(fact -> fact.docId() == null ? fact.rowId() : fact.chunk())
                .thenComparing(RowFact::part)
                .thenComparingLong(RowFact::index);

        @Override
        public int compare(RowFact a, RowFact b) {
            return ORDER.compare(a, b);
        }
    }

    /** Brings facts that must be seen together into one partition. */
    static final class Partitioning extends Partitioner {
        private final int partitions;

        Partitioning(int partitions) {
            this.partitions = partitions;
        }

        @Override
        public int numPartitions() {
            return partitions;
        }

        @Override
        public int getPartition(Object key) {
            RowFact fact = (RowFact) key;
            int hash = fact.docId() == null
                    ? Long.hashCode(fact.rowId())
                    : fact.docId().hashCode();
            return Math.floorMod(hash * 0x9E3779B9 >>> 1, partitions);
        }
    }

    Finding finding(String column, String problem) {
        return new Finding(part, index, rowId, column, problem);
    }
}
