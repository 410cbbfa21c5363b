package io.varlen.packing;

/**
 * A document as packing sees it.
 *
 * @param docId unique in the dataset
 * @param groupHash {@link GroupHash#of} the id
 * @param source the n-th input, from 0
 * @param ids the document's token ids, special tokens included, see {@link SpecialTokensPolicy}; not copied
 * @param lossMask per id, 1 where it is to be learned and 0 where not; null in a dataset without loss masks
 */
public record TokenizedDocument(String docId, long groupHash, int source, int[] ids, byte[] lossMask) {

    /** Without a loss mask. */
    public TokenizedDocument(String docId, long groupHash, int source, int[] ids) {
        this(docId, groupHash, source, ids, null);
    }
}
