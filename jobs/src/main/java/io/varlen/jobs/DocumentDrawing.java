package io.varlen.jobs;

import io.varlen.spark.job.DocumentView;
import io.varlen.spark.job.DocumentView.Piece;
import java.util.List;

/** Documents on the screen, with the rows that hold them. */
final class DocumentDrawing {
    private DocumentDrawing() {}

    static String of(List<DocumentView> documents) {
        StringBuilder text = new StringBuilder();
        for (DocumentView document : documents) {
            text.append(document.docId()).append(": ").append(state(document)).append('\n');
            text.append("  from ").append(document.origin()).append('\n');
            document.pieces().forEach(piece -> append(text, piece));
        }
        return text.toString();
    }

    private static String state(DocumentView document) {
        String tokens = Table.number(document.tokens()) + (document.tokens() == 1 ? " token" : " tokens");
        return switch (document.state()) {
            case "packed" -> {
                int pieces = document.pieces().size();
                yield tokens + " in " + Table.number(pieces) + (pieces == 1 ? " piece" : " pieces");
            }
            case "empty" -> "in no row, it has no token";
            case "removed" -> "in no row, it was removed (" + tokens + ")";
            default -> "in no row, packing kept it out (" + tokens + ")";
        };
    }

    private static void append(StringBuilder text, Piece piece) {
        text.append("  row ").append(piece.rowId()).append(" in ").append(piece.part());
        text.append(": slots ").append(range(piece.from(), piece.tokenCount()));
        text.append(", segment ").append(piece.segment()).append(", chunk ").append(piece.chunk());
        text.append(", tokens ").append(range(piece.tokenStart(), piece.tokenCount()));
        text.append(" (").append(Table.number(piece.tokenCount())).append(")\n");
    }

    private static String range(long from, long count) {
        return Table.number(from) + ".." + Table.number(from + count - 1);
    }
}
