package io.varlen.spark.job;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One row of a packed dataset for people to read.
 *
 * @param rowId its id
 * @param part the file that it is in
 * @param seqLen its slots
 * @param nTokens its tokens; the rest is padding
 * @param rows of the whole dataset
 * @param segments in their order
 */
public record RowView(long rowId, String part, int seqLen, int nTokens, long rows, List<SegmentView> segments) {

    /**
     * One segment.
     *
     * @param docId the document
     * @param source the n-th input, from 0
     * @param origin where the document came from
     * @param chunk the n-th piece of the document, from 0
     * @param tokenStart where the segment starts in the document's token ids
     * @param from its first slot
     * @param to the slot behind its last
     * @param learned how many of its tokens the loss mask has at 1; null without a loss mask
     * @param text the decoded tokens
     */
    public record SegmentView(
            String docId,
            int source,
            Origin origin,
            int chunk,
            long tokenStart,
            int from,
            int to,
            Integer learned,
            String text) {

        private Map<String, Object> figures() {
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("doc_id", docId);
            figures.put("source", source);
            origin.addTo(figures);
            figures.put("chunk", chunk);
            figures.put("token_start", tokenStart);
            figures.put("token_count", to - from);
            figures.put("from", from);
            figures.put("to", to);
            if (learned != null) {
                figures.put("learned", learned);
            }
            figures.put("text", text);
            return figures;
        }
    }

    /** The row as figures; segments with their whole text. */
    public LinkedHashMap<String, Object> figures() {
        LinkedHashMap<String, Object> figures = new LinkedHashMap<>();
        figures.put("row_id", rowId);
        figures.put("part", part);
        figures.put("rows", rows);
        figures.put("seq_len", seqLen);
        figures.put("n_tokens", nTokens);
        figures.put("segments", segments.stream().map(SegmentView::figures).toList());
        return figures;
    }
}
