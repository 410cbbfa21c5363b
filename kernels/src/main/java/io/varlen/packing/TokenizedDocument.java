package io.varlen.packing;

import java.util.ArrayList;
import java.util.List;

/**
 * A document as packing sees it.
 *
 * @param docId unique in the dataset
 * @param groupHash {@link GroupHash#of} the id
 * @param source the n-th input, from 0
 * @param ids the document's token ids, special tokens included, see {@link SpecialTokensPolicy}; not copied
 */
public record TokenizedDocument(String docId, long groupHash, int source, int[] ids) {

    /** The document cut into pieces of {@code seqLen} tokens, the remainder last; none if it has no token. */
    public List<Piece> pieces(int seqLen) {
        List<Piece> pieces = new ArrayList<>();
        for (int start = 0, chunk = 0;
                start < ids.length;
                start += pieces.get(chunk++).count()) {
            pieces.add(new Piece(this, chunk, start, Math.min(seqLen, ids.length - start)));
        }
        return pieces;
    }
}
