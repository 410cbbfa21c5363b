package io.varlen.attention;

/**
 * The feed-forward part of a layer: {@code y = down(activation(up(x)))}, or gated (Shazeer 2020, arXiv:2002.05202) {@code y =
 * down(activation(g) · u)}, where {@code up(x)} gives {@code g} in its first half of columns and {@code u} in its second.
 *
 * <p>A backend need not keep the inner tensor of a whole batch.
 *
 * @param up from hidden to inner, to twice inner if gated; with the activation in it if not gated, else with none
 * @param gate the activation of the gate, or null for a feed-forward part without one
 * @param down from inner to hidden
 */
public record FeedForward(Linear up, Activation gate, Linear down) {
    public FeedForward {
        int inner = gate == null ? up.outputs() : up.outputs() / 2;
        if (up.outputs() != (gate == null ? inner : 2 * inner) || down.inputs() != inner) {
            throw new IllegalArgumentException("a feed-forward part from " + up.inputs() + " to " + up.outputs()
                    + " columns, " + (gate == null ? "" : "half of them a gate, ") + "and from " + down.inputs()
                    + " to "
                    + down.outputs());
        }
    }

    /** Columns between the two linear layers. */
    public int inner() {
        return down.inputs();
    }
}
