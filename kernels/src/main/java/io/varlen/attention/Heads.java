package io.varlen.attention;

/**
 * The attention heads {@code [T, count, dim]} that lie side by side in some columns of a tensor: element {@code (t, h, d)}
 * is element {@code t · tensor.columns() + offset + h · dim + d} of the tensor. So queries, keys and values may be
 * thirds of one fused projection, or tensors of their own.
 *
 * @param tensor holds the heads; its rows are the tokens of the packed axis
 * @param offset the column of head 0
 * @param count how many heads
 * @param dim elements per head
 */
public record Heads(Tensor tensor, int offset, int count, int dim) {
    public Heads {
        if (offset < 0 || count <= 0 || dim <= 0 || offset + (long) count * dim > tensor.columns()) {
            throw new IllegalArgumentException(count + " heads of " + dim + " elements from column " + offset
                    + " do not fit a tensor of " + tensor.columns() + " columns");
        }
    }

    /** All columns of a tensor. */
    public static Heads of(Tensor tensor, int count) {
        return new Heads(tensor, 0, count, tensor.columns() / count);
    }

    /** The tokens. */
    public int tokens() {
        return tensor.rows();
    }

    /** Where element {@code (token, head, 0)} lies in the tensor. */
    public long elementOffset(int token, int head) {
        return token * (long) tensor.columns() + offset + head * (long) dim;
    }
}
