package io.varlen.jobs;

import io.varlen.spark.job.RowView;
import io.varlen.spark.job.RowView.SegmentView;

/** A packed row on the screen: a strip in proportion, then each segment with the text at its ends. */
final class RowDrawing {
    private static final int STRIP = 96;
    private static final int EXCERPT = 160;

    private RowDrawing() {}

    static String of(RowView row) {
        StringBuilder text = new StringBuilder();
        text.append("row ").append(row.rowId()).append(" of ").append(Table.number(row.rows()));
        text.append(" in ").append(row.part()).append(": ").append(Table.number(row.seqLen()));
        text.append(" slots, ").append(Table.number(row.nTokens())).append(" tokens in ");
        text.append(row.segments().size()).append(row.segments().size() == 1 ? " segment, " : " segments, ");
        text.append(Table.number(row.seqLen() - row.nTokens())).append(" of padding\n\n  ");
        text.append(strip(row)).append("\n\n");
        row.segments().forEach(segment -> append(text, segment));
        if (row.nTokens() < row.seqLen()) {
            text.append("  ").append(range(row.nTokens(), row.seqLen())).append("  padding\n");
        }
        return text.toString();
    }

    /** Each character stands for as many slots; {@code |} where a segment begins, a dot for padding. */
    private static String strip(RowView row) {
        int width = Math.min(STRIP, row.seqLen());
        char[] strip = "·".repeat(width).toCharArray();
        for (SegmentView segment : row.segments()) {
            int from = (int) ((long) segment.from() * width / row.seqLen());
            int to = (int) (((long) segment.to() * width + row.seqLen() - 1) / row.seqLen());
            for (int i = from; i < to; i++) {
                strip[i] = i == from ? '|' : '=';
            }
        }
        return new String(strip);
    }

    private static void append(StringBuilder text, SegmentView segment) {
        int tokens = segment.to() - segment.from();
        text.append("  ")
                .append(range(segment.from(), segment.to()))
                .append("  ")
                .append(segment.docId());
        text.append(", chunk ").append(segment.chunk()).append(", tokens ").append(Table.number(segment.tokenStart()));
        text.append("..").append(Table.number(segment.tokenStart() + tokens - 1));
        text.append(" (").append(Table.number(tokens));
        text.append(segment.learned() == null ? ")\n" : ", " + Table.number(segment.learned()) + " learned)\n");
        text.append("      from ").append(segment.origin()).append('\n');
        text.append("      ").append(Excerpt.ends(segment.text(), EXCERPT)).append("\n\n");
    }

    private static String range(int from, int to) {
        return "slots " + Table.number(from) + ".." + Table.number(to - 1);
    }
}
