package io.varlen.internal;

import io.varlen.attention.FeedForward;
import io.varlen.attention.Heads;
import io.varlen.attention.Linear;
import io.varlen.attention.Norm;
import io.varlen.attention.Rope;
import io.varlen.attention.Tensor;
import io.varlen.sequence.CuSeqlens;

/**
 * Whether the operands of a {@link io.varlen.attention.Backend}'s operations fit each other, whatever computes them. Each method throws an {@link
 * IllegalArgumentException} that names the shapes if they do not.
 */
public final class Operands {
    private Operands() {}

    /** The weight and the bias, which may be null, of a new layer. */
    public static void requireWeights(float[] weight, int outputs, float[] bias) {
        require(
                outputs > 0 && weight.length > 0 && weight.length % outputs == 0,
                "a weight of " + weight.length + " elements for " + outputs + " outputs");
        require(bias == null || bias.length == outputs, "a bias that has not one element per output");
    }

    public static void requireLinear(Tensor x, Linear layer, Tensor y) {
        require(
                x.rows() == y.rows() && x.columns() == layer.inputs() && y.columns() == layer.outputs(),
                "a linear layer from " + layer.inputs() + " to " + layer.outputs() + " between tensors of " + shape(x)
                        + " and " + shape(y));
    }

    public static void requireFeedForward(Tensor x, FeedForward layer, Tensor y) {
        require(
                x.rows() == y.rows()
                        && x.columns() == layer.up().inputs()
                        && y.columns() == layer.down().outputs(),
                "a feed-forward part from " + layer.up().inputs() + " to "
                        + layer.down().outputs() + " between tensors of " + shape(x) + " and " + shape(y));
    }

    /** The shapes only; rows that the table has not are for whoever reads them. */
    public static void requireGather(Tensor table, int[] rows, Tensor y) {
        require(
                rows.length == y.rows() && table.columns() == y.columns(),
                rows.length + " rows of " + shape(table) + " into " + shape(y));
    }

    /** One of the rows that are gathered. */
    public static void requireRow(Tensor table, int row) {
        if (row < 0 || row >= table.rows()) {
            throw new IllegalArgumentException("row " + row + " of a tensor with " + table.rows() + " rows");
        }
    }

    /** The shapes only, as {@link #requireGather}. */
    public static void requireGatherNorm(
            Tensor table, int[] rows, Tensor addend, int[] addendRows, Norm norm, Tensor x, Tensor z) {
        requireGather(table, rows, x);
        require((addend == null) == (addendRows == null), "an addend without its rows, or rows without their addend");
        if (addend != null) {
            requireGather(addend, addendRows, x);
        }
        requireSameShape(x, z);
        requireNorm(x, norm);
    }

    public static void requireNorm(Tensor x, Norm norm) {
        require(x.columns() == norm.columns(), "a norm of " + norm.columns() + " columns for " + shape(x));
    }

    public static void requireNorm(Heads x, Norm norm) {
        require(x.dim() == norm.columns(), "a norm of " + norm.columns() + " columns for heads of " + x.dim());
    }

    /** The shapes only; positions are for whoever looks them up. */
    public static void requireRotation(Heads x, Rope rope, int[] positions) {
        require(positions.length == x.tokens(), positions.length + " positions for " + x.tokens() + " tokens");
        require(rope.dim() <= x.dim(), "a rotation of " + rope.dim() + " elements for heads of " + x.dim());
    }

    public static void requirePool(Tensor x, CuSeqlens sequences, Tensor y) {
        require(
                x.rows() == sequences.total() && y.rows() == sequences.count() && x.columns() == y.columns(),
                sequences.count() + " sequences of " + shape(x) + " into " + shape(y));
        for (int i = 0; i < sequences.count(); i++) {
            require(sequences.length(i) > 0, "sequence " + i + " is empty; there is nothing to pool");
        }
    }

    /** The shapes only; targets are for whoever looks them up. */
    public static void requireCrossEntropy(Tensor x, Linear head, int[] targets, double[] nll) {
        require(
                targets.length == x.rows() && nll.length == x.rows() && head.inputs() == x.columns(),
                targets.length + " targets for " + shape(x) + " and a head of " + head.inputs() + " inputs");
    }

    public static void requireSameShape(Tensor x, Tensor y) {
        require(x.rows() == y.rows() && x.columns() == y.columns(), shape(x) + " and " + shape(y) + " differ");
    }

    private static String shape(Tensor tensor) {
        return "[" + tensor.rows() + ", " + tensor.columns() + "]";
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
