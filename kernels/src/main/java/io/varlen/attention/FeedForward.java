package io.varlen.attention;

/**
 * The feed-forward part of a layer: {@code y = down(up(x))} or, with a gate (Shazeer 2020, arXiv:2002.05202), {@code y =
 * down(gate(x) ⊙ up(x))}. Each layer's activation is in the layer itself.
 *
 * <p>A backend need not keep the inner tensor of a whole batch.
 *
 * @param gate from hidden to inner, or null for a feed-forward part without one
 * @param up from hidden to inner
 * @param down from inner to hidden
 */
public record FeedForward(Linear gate, Linear up, Linear down) {
    public FeedForward {
        if (down.inputs() != up.outputs()) {
            throw new IllegalArgumentException("a feed-forward part from " + up.inputs() + " to " + up.outputs()
                    + " columns, and from " + down.inputs() + " to " + down.outputs());
        }
        if (gate != null && (gate.inputs() != up.inputs() || gate.outputs() != up.outputs())) {
            throw new IllegalArgumentException("a gate from " + gate.inputs() + " to " + gate.outputs()
                    + " columns beside a layer from " + up.inputs() + " to " + up.outputs());
        }
    }

    /** Columns between the layers. */
    public int inner() {
        return down.inputs();
    }
}
