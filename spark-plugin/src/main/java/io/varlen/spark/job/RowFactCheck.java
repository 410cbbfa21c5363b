package io.varlen.spark.job;

import io.varlen.packing.PackingRules;
import io.varlen.packing.PackingStrategy;
import java.io.Serializable;
import java.util.Iterator;

/**
 * Checks what no row can show alone: that row ids are unique, and that each document's chunks follow each other without
 * gap or repetition, as the rules of packing have them and all of one source.
 */
final class RowFactCheck {
    private final PackingRules rules;
    private final Outcome outcome;

    /**
     * What was found.
     *
     * @param documentsBySource how many documents each source has in the rows
     */
    record Outcome(long[] documentsBySource, Findings findings) implements Serializable {}

    RowFactCheck(PackingRules rules, int sources, int kept) {
        this.rules = rules;
        this.outcome = new Outcome(new long[sources], new Findings(kept));
    }

    /** @param facts in their {@link RowFact.Order} */
    Outcome check(Iterator<RowFact> facts) {
        RowFact previous = null;
        while (facts.hasNext()) {
            RowFact fact = facts.next();
            if (fact.docId() == null) {
                checkRowId(previous, fact);
            } else if (previous == null || !fact.docId().equals(previous.docId())) {
                checkFirst(fact);
            } else {
                checkNext(previous, fact);
            }
            previous = fact;
        }
        return outcome;
    }

    private void checkRowId(RowFact previous, RowFact fact) {
        if (previous != null && previous.rowId().equals(fact.rowId())) {
            damaged(fact, "row_id", "is already that of " + place(previous));
        }
    }

    private void checkFirst(RowFact fact) {
        if (fact.source() >= 0 && fact.source() < outcome.documentsBySource.length) {
            outcome.documentsBySource[fact.source()]++;
        }
        if (fact.chunk() > 0) {
            damaged(
                    fact,
                    "segments",
                    document(fact) + " begins with chunk " + fact.chunk() + "; " + chunks(0, fact.chunk() - 1)
                            + " in no row");
        }
    }

    private void checkNext(RowFact previous, RowFact fact) {
        if (fact.chunk() == previous.chunk()) {
            damaged(
                    fact,
                    "segments",
                    "repeats chunk " + fact.chunk() + " of " + document(fact) + ", which is also in "
                            + place(previous));
        } else if (fact.chunk() > previous.chunk() + 1) {
            damaged(
                    fact,
                    "segments",
                    document(fact) + " has a gap before chunk " + fact.chunk() + "; "
                            + chunks(previous.chunk() + 1, fact.chunk() - 1) + " in no row");
        } else if (rules.strategy() == PackingStrategy.WRAPPED) {
            checkStart(previous, fact);
        } else if (previous.tokenCount() != rules.limits().pieceLimit()) {
            damaged(
                    previous,
                    "segments",
                    "chunk " + previous.chunk() + " of " + document(fact) + " has " + previous.tokenCount()
                            + " tokens, but only a document's last chunk is shorter than "
                            + rules.limits().pieceLimit());
        }
        if (fact.source() != previous.source()) {
            damaged(
                    fact,
                    "segments",
                    document(fact) + " has source " + fact.source() + " here and " + previous.source() + " in "
                            + place(previous));
        }
    }

    /** Where documents are cut anywhere, only the chunk before says where one starts. */
    private void checkStart(RowFact previous, RowFact fact) {
        long end = previous.tokenStart() + previous.tokenCount();
        if (fact.tokenStart() != end) {
            damaged(
                    fact,
                    "segments",
                    "chunk " + fact.chunk() + " of " + document(fact) + " has token_start " + fact.tokenStart()
                            + ", but the chunk before it ends at " + end);
        }
    }

    private void damaged(RowFact fact, String column, String problem) {
        outcome.findings.add(fact.finding(column, problem));
    }

    private static String document(RowFact fact) {
        return "document " + fact.docId();
    }

    private static String chunks(int first, int last) {
        return first == last ? "chunk " + first + " is" : "chunks " + first + " to " + last + " are";
    }

    private static String place(RowFact fact) {
        return "row " + fact.rowId() + " (" + fact.part() + ", index " + fact.index() + ")";
    }
}
