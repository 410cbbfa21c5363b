package io.varlen.attention;

/**
 * The weights of a normalisation over the columns of a row.
 *
 * <p>{@link Kind#LAYER}: {@code (x - mean) / √(variance + epsilon) · gamma + beta} (Ba et al. 2016, arXiv:1607.06450).
 * {@link Kind#RMS}: {@code x / √(mean(x²) + epsilon) · gamma} (Zhang and Sennrich 2019, arXiv:1910.07467).
 *
 * @param columns how many elements are normalised together
 * @param gamma {@code [1, columns]}, or null for ones
 * @param beta {@code [1, columns]}, or null for zeros
 */
public record Norm(Kind kind, int columns, Tensor gamma, Tensor beta, float epsilon) {
    /** What a row is divided by. */
    public enum Kind {
        /** The standard deviation, with the mean taken away first. */
        LAYER,
        /** The root of the mean square. */
        RMS
    }

    public Norm {
        requireRow("gamma", gamma, columns);
        requireRow("beta", beta, columns);
        if (kind == Kind.RMS && beta != null) {
            throw new IllegalArgumentException("a normalisation by the root of the mean square has no beta");
        }
    }

    /** A layer normalisation. */
    public static Norm layer(Tensor gamma, Tensor beta, float epsilon) {
        return new Norm(Kind.LAYER, gamma.columns(), gamma, beta, epsilon);
    }

    /** A normalisation by the root of the mean square. */
    public static Norm rms(Tensor gamma, float epsilon) {
        return new Norm(Kind.RMS, gamma.columns(), gamma, null, epsilon);
    }

    private static void requireRow(String name, Tensor tensor, int columns) {
        if (tensor != null && (tensor.rows() != 1 || tensor.columns() != columns)) {
            throw new IllegalArgumentException(
                    name + " is [" + tensor.rows() + ", " + tensor.columns() + "], not [1, " + columns + "]");
        }
    }
}
