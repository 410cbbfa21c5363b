package io.varlen.tokenizer.internal.pretokenizer;

import io.varlen.tokenizer.internal.PieceSink;
import io.varlen.tokenizer.internal.Utf8Text;
import io.varlen.tokenizer.internal.description.SplitBehavior;

/** Joins adjoining ranges of one text, told apart as delimiters and others, into pieces. */
final class Delimiting {
    private final Utf8Text text;
    private final SplitBehavior behavior;
    private final PieceSink sink;

    /** The range not passed on yet, and whether the last one that joined it is a delimiter; empty at first. */
    private int start;

    private int end;
    private boolean lastDelimits;

    Delimiting(Utf8Text text, SplitBehavior behavior, PieceSink sink) {
        this.text = text;
        this.behavior = behavior;
        this.sink = sink;
    }

    /** Takes the range that begins where the last one ended. */
    void next(int from, int to, boolean delimits) {
        if (start < end && joins(delimits)) {
            end = to;
        } else {
            finish();
            start = from;
            end = to;
        }
        lastDelimits = delimits;
    }

    private boolean joins(boolean delimits) {
        return switch (behavior) {
            case CONTIGUOUS -> delimits == lastDelimits;
            case MERGED_WITH_PREVIOUS -> delimits && !lastDelimits;
            case MERGED_WITH_NEXT -> !delimits && lastDelimits;
            case REMOVED, ISOLATED -> false;
        };
    }

    /** Passes on what is left. */
    void finish() {
        boolean removed = behavior == SplitBehavior.REMOVED && lastDelimits;
        if (start < end && !removed) {
            sink.accept(text, start, end);
        }
    }
}
