package io.varlen.jobs;

import io.varlen.packing.Overflow;
import io.varlen.packing.RowLimits;
import picocli.CommandLine.Option;

/** What fits into a row, and what becomes of what does not. */
final class LimitArguments {
    @Option(
            names = "--overflow",
            paramLabel = "HOW",
            arity = "1",
            parameterConsumer = OverflowParameters.class,
            description =
                    "What becomes of a document with more tokens than fit into a row: split, split-overlap N (each"
                            + " chunk repeats N tokens of the one before), truncate-head (its last tokens stay), truncate-tail (its"
                            + " first tokens stay), drop (listed in _varlen/dropped) or fail (the job stops and names it)"
                            + " (default: split)")
    private Overflow overflow;

    @Option(
            names = "--pad-to-multiple",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Leave room to pad each segment to a multiple of N slots, for context parallelism 2 x its degree;"
                            + " rows hold no padding between segments (default: ${DEFAULT-VALUE})")
    private int padToMultiple;

    @Option(
            names = "--max-documents-per-row",
            paramLabel = "N",
            description = "The most segments in a row (default: any number)")
    private Integer maxDocuments;

    @Option(
            names = "--max-squared-length",
            paramLabel = "N",
            description = "The most that the squares of the lengths of a row's segments add up to, so that rows cost"
                    + " attention alike; a document longer than its root is over-long (default: unbounded)")
    private Long maxSquaredLength;

    Overflow overflow() {
        return overflow == null ? Overflow.SPLIT : overflow;
    }

    RowLimits limits(int seqLen) {
        return new RowLimits(
                seqLen,
                padToMultiple,
                maxDocuments == null ? RowLimits.ANY_NUMBER : maxDocuments,
                maxSquaredLength == null ? RowLimits.UNBOUNDED : maxSquaredLength);
    }
}
