package io.varlen.attention;

/**
 * The weights of a layer normalisation: {@code (x - mean) / √(variance + epsilon) · gamma + beta} over a row's columns.
 *
 * @param gamma {@code [1, columns]}
 * @param beta {@code [1, columns]}
 */
public record LayerNorm(Tensor gamma, Tensor beta, float epsilon) {
    public LayerNorm {
        if (gamma.rows() != 1 || beta.rows() != 1 || gamma.columns() != beta.columns()) {
            throw new IllegalArgumentException("gamma and beta are not both [1, columns]");
        }
    }

    public int columns() {
        return gamma.columns();
    }
}
