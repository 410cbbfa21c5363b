package io.varlen.jobs.bench;

/**
 * The sizes of a decoder.
 *
 * @param hidden elements of a token's hidden state
 * @param heads query heads
 * @param keyHeads heads of keys and of values
 * @param headDim elements per head
 * @param inner elements between the linear layers of the feed-forward part
 * @param layers how many layers
 * @param vocabulary token ids are below this
 */
record DecoderShape(int hidden, int heads, int keyHeads, int headDim, int inner, int layers, int vocabulary) {
    /** SmolLM2-135M's, which has 30 layers. */
    static DecoderShape smolLm2(int layers) {
        return new DecoderShape(576, 9, 3, 64, 1536, layers, 49152);
    }

    /** Columns of the fused projection to queries, keys and values. */
    int projected() {
        return (heads + 2 * keyHeads) * headDim;
    }
}
