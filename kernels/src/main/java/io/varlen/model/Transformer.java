package io.varlen.model;

import io.varlen.attention.AttentionListener;
import io.varlen.attention.Tensor;
import io.varlen.mask.Mask;
import java.util.Map;

/** Token ids in, hidden states out. Safe for use by many threads at once. */
public interface Transformer extends AutoCloseable {
    /**
     * The hidden states behind the last layer and, where the model has one, its final norm; the caller closes them.
     *
     * @return {@code [T, hiddenSize]}. The bits of a sequence depend on its own ids alone.
     * @throws IllegalArgumentException if a sequence is longer than {@link #maxPositions()}, or holds an id outside the
     *     vocabulary
     */
    Tensor forward(PackedBatch batch, AttentionListener listener);

    /** The elements of a token's hidden state. */
    int hiddenSize();

    /** How many layers of attention there are. */
    int layers();

    /** Query heads per layer. */
    int heads();

    /** The longest sequence, in tokens with special tokens. */
    int maxPositions();

    /** Token ids are below this. */
    int vocabularySize();

    /** The masks that its layers take, by the names that {@link AttentionListener} is told. */
    Map<String, Mask> masks();

    @Override
    void close();
}
