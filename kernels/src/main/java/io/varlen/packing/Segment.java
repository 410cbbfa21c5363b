package io.varlen.packing;

/**
 * Where one segment of a row comes from.
 *
 * @param docId the document
 * @param source the n-th input, from 0
 * @param chunk the n-th piece of the document, from 0
 * @param tokenStart the position of the segment's first token in the document's own token ids, see {@link
 *     SpecialTokensPolicy}
 * @param tokenCount the tokens of the segment
 */
public record Segment(String docId, int source, int chunk, long tokenStart, int tokenCount) {}
