package io.varlen.spark.frame;

import io.varlen.InvalidInputException;
import io.varlen.spark.inference.DocumentIds;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Rows with what was computed of their documents behind them, in the order in which they came. It pulls rows ahead until a
 * batch is full, and never more than {@value #MOST_ROWS} or so many bytes: a batch that is not full then has to do.
 *
 * @param <R> what is computed of a document
 */
final class OrderedRows<R> implements Iterator<Row> {
    static final int MOST_ROWS = 1 << 14;
    private static final long MOST_BYTES = 64L << 20;
    private static final int CARRIED = 0;
    private static final int DOCUMENT = 1;

    /** Computes documents, as many at once as it likes, and hands on results in their order. */
    interface Batches {
        void add(DocumentIds document);

        /** Computes what is still waiting. */
        void finish();
    }

    private final Iterator<Row> rows;
    private final DocumentReader.InTask documents;
    private final boolean quarantine;
    private final Function<Consumer<R>, Batches> open;
    private final Function<R, Object[]> columns;
    private final int width;

    private final Deque<Pending<R>> waiting = new ArrayDeque<>();
    private final Deque<Pending<R>> computing = new ArrayDeque<>();
    private Batches batches;
    private long count;
    private long bytes;

    /**
     * @param rows carried, see {@link CarriedRows}
     * @param quarantine a document that is none has no result, and why not in the last column
     * @param open begins to compute; called when there is a document
     * @param columns of a result
     * @param width how many they are
     */
    OrderedRows(
            Iterator<Row> rows,
            DocumentReader.InTask documents,
            boolean quarantine,
            Function<Consumer<R>, Batches> open,
            Function<R, Object[]> columns,
            int width) {
        this.rows = rows;
        this.documents = documents;
        this.quarantine = quarantine;
        this.open = open;
        this.columns = columns;
        this.width = width;
    }

    private static final class Pending<R> {
        private final byte[] carried;
        private final String wrong;
        private boolean done;
        private R result;

        Pending(byte[] carried, String wrong, boolean done) {
            this.carried = carried;
            this.wrong = wrong;
            this.done = done;
        }
    }

    @Override
    public boolean hasNext() {
        while (waiting.isEmpty() || !waiting.peekFirst().done) {
            if (!computing.isEmpty() && (!rows.hasNext() || waiting.size() >= MOST_ROWS || bytes >= MOST_BYTES)) {
                batches.finish();
            } else if (rows.hasNext()) {
                take(rows.next());
            } else {
                return false;
            }
        }
        return true;
    }

    private void take(Row row) {
        requireWanted();
        DocumentReader.Read read = documents.read(row, DOCUMENT);
        String name = "row " + count++ + " of partition " + TaskContext.getPartitionId();
        if (read.wrong() != null && !quarantine) {
            throw new InvalidInputException(name + ": " + read.wrong()
                    + " (bad-records=quarantine gives such rows no result, and says why in a column 'error')");
        }
        Pending<R> pending = new Pending<>(row.getAs(CARRIED), read.wrong(), read.ids() == null);
        bytes += pending.carried.length;
        waiting.addLast(pending);
        if (read.ids() != null) {
            if (batches == null) {
                batches = open.apply(this::computed);
            }
            computing.addLast(pending);
            batches.add(new DocumentIds(name, read.ids()));
        }
    }

    private void computed(R result) {
        Pending<R> first = computing.removeFirst();
        first.result = result;
        first.done = true;
    }

    /** A killed task would go on to the end of its partition. */
    private static void requireWanted() {
        TaskContext task = TaskContext.get();
        if (task != null && task.isInterrupted()) {
            throw new TaskKilledException("nobody waits for the rows any more");
        }
    }

    @Override
    public Row next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Pending<R> first = waiting.removeFirst();
        bytes -= first.carried.length;
        Object[] cells = new Object[1 + width + (quarantine ? 1 : 0)];
        cells[0] = first.carried;
        if (first.result != null) {
            Object[] computed = columns.apply(first.result);
            System.arraycopy(computed, 0, cells, 1, computed.length);
        }
        if (quarantine) {
            cells[cells.length - 1] = first.wrong;
        }
        return RowFactory.create(cells);
    }
}
