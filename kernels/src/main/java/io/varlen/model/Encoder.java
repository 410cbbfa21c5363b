package io.varlen.model;

import io.varlen.attention.AttentionListener;

/** A model that turns each sequence of a packed batch into one vector. Safe for use by many threads at once. */
public interface Encoder extends AutoCloseable {

    /**
     * Pooled vectors, one per sequence, <b>before</b> normalisation.
     *
     * @return {@code [count, dimension]}, row-major. The bits of a row depend on its own ids alone.
     * @throws IllegalArgumentException if a sequence is empty, longer than {@link #maxPositions()}, or holds an id outside
     *     the vocabulary
     */
    float[] embed(PackedBatch batch, AttentionListener listener);

    /** The same without anybody looking on. */
    default float[] embed(PackedBatch batch) {
        return embed(batch, AttentionListener.NONE);
    }

    /** The length of one embedding. */
    int dimension();

    /** The longest sequence that the weights admit, in tokens with special tokens. */
    int maxPositions();

    @Override
    void close();
}
