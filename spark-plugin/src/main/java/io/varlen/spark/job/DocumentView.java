package io.varlen.spark.job;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where one document is in a packed dataset.
 *
 * @param docId its id
 * @param state packed, or why it is in no row: empty, dropped or removed
 * @param source the n-th input, from 0
 * @param origin where it came from
 * @param tokens in the rows or, if it is in none, the tokens that it had
 * @param pieces by chunk
 */
public record DocumentView(String docId, String state, int source, Origin origin, long tokens, List<Piece> pieces) {

    /**
     * One piece of the document.
     *
     * @param rowId the row that holds it
     * @param part the file of that row
     * @param segment the n-th segment of the row, from 0
     * @param chunk the n-th piece of the document, from 0
     * @param from its first slot in the row
     * @param tokenStart where it starts in the document's token ids
     * @param tokenCount its tokens
     */
    public record Piece(long rowId, String part, int segment, int chunk, int from, long tokenStart, int tokenCount) {
        private Map<String, Object> figures() {
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("row_id", rowId);
            figures.put("part", part);
            figures.put("segment", segment);
            figures.put("chunk", chunk);
            figures.put("token_start", tokenStart);
            figures.put("token_count", tokenCount);
            figures.put("from", from);
            figures.put("to", from + tokenCount);
            return figures;
        }
    }

    /** The document as figures. */
    public Map<String, Object> figures() {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("doc_id", docId);
        figures.put("state", state);
        figures.put("source", source);
        origin.addTo(figures);
        figures.put("tokens", tokens);
        figures.put("segments", pieces.stream().map(Piece::figures).toList());
        return figures;
    }
}
