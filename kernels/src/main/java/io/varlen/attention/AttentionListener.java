package io.varlen.attention;

/** Is shown each attention call of a model's forward pass, right before it is computed. */
public interface AttentionListener {
    /** Looks at nothing. */
    AttentionListener NONE = (layer, mask, call) -> {};

    /**
     * @param layer counts from 0
     * @param mask the name that the model has for the layer's mask, such as {@code global} or {@code local}
     * @param call with queries and keys as attention sees them: normalised and rotated; its tensors are valid, and must not be
     *     changed, until this method returns
     */
    void attention(int layer, String mask, Attention call);
}
