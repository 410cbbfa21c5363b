package io.varlen.spark.job;

import io.varlen.packing.Segment;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.dataset.StoredRow;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Consumer;

/**
 * Checks the rows of one part, one after the other, and gives the facts that only other rows can confirm. A part that
 * cannot be read is a finding, not an exception.
 */
final class PartScan implements Iterator<RowFact> {
    private final PackedDataset.Rows rows;
    private final StoredRowCheck check;
    private final PartSummary summary;
    private final Consumer<PartSummary> atEnd;
    private final Deque<RowFact> facts = new ArrayDeque<>();
    private boolean ended;

    /**
     * @param rows of the part; closed at their end
     * @param summary filled on the way
     * @param atEnd is given the summary when the last row has been checked
     */
    PartScan(PackedDataset.Rows rows, StoredRowCheck check, PartSummary summary, Consumer<PartSummary> atEnd) {
        this.rows = rows;
        this.check = check;
        this.summary = summary;
        this.atEnd = atEnd;
    }

    @Override
    public boolean hasNext() {
        while (facts.isEmpty() && !ended) {
            StoredRow row = nextRow();
            if (row == null) {
                end();
            } else {
                scan(row);
            }
        }
        return !facts.isEmpty();
    }

    @Override
    public RowFact next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return facts.poll();
    }

    private StoredRow nextRow() {
        try {
            return rows.hasNext() ? rows.next() : null;
        } catch (RuntimeException e) {
            String problem = "cannot be read on behind its first " + summary.rows + " rows: " + e.getMessage();
            summary.findings.add(new Finding(summary.part, null, null, null, problem));
            return null;
        }
    }

    private void end() {
        ended = true;
        rows.close();
        atEnd.accept(summary);
    }

    private void scan(StoredRow row) {
        byte[] hash = check.check(
                row,
                (column, problem) ->
                        summary.findings.add(new Finding(row.part(), row.index(), row.rowId(), column, problem)));
        summary.rows++;
        if (hash != null) {
            summary.digest.add(hash);
            summary.tokens += row.nTokens();
            for (Segment segment : row.segments()) {
                summary.lengths.add(segment.tokenCount());
                if (segment.source() < summary.tokensBySource.length) {
                    summary.tokensBySource[segment.source()] += segment.tokenCount();
                }
            }
        }
        if (row.rowId() != null) {
            facts.add(new RowFact(null, -1, -1, -1, -1, row.rowId(), row.part(), row.index()));
        }
        if (row.segments() != null) {
            for (Segment segment : row.segments()) {
                if (segment != null && segment.docId() != null) {
                    facts.add(fact(row, segment));
                }
            }
        }
    }

    private static RowFact fact(StoredRow row, Segment segment) {
        return new RowFact(
                segment.docId(),
                segment.source(),
                segment.chunk(),
                segment.tokenStart(),
                segment.tokenCount(),
                row.rowId(),
                row.part(),
                row.index());
    }
}
