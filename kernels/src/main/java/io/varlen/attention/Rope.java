package io.varlen.attention;

/**
 * Rotary position embedding (Su et al. 2021, arXiv:2104.09864): pair {@code i} of a head's elements at position {@code p} is
 * turned by the angle {@code p · frequencies[i]}.
 *
 * @param cosines {@code [positions, dim / 2]}
 * @param sines {@code [positions, dim / 2]}
 * @param pairing which elements make a pair
 */
public record Rope(Tensor cosines, Tensor sines, Pairing pairing) {
    /** Which elements of a head make pair {@code i}. */
    public enum Pairing {
        /** {@code i} and {@code i + dim/2}: Hugging Face's {@code rotate_half}. */
        HALVES,
        /** {@code 2i} and {@code 2i + 1}: complex numbers, as in Llama 4. */
        NEIGHBOURS
    }

    public Rope {
        if (cosines.rows() != sines.rows() || cosines.columns() != sines.columns()) {
            throw new IllegalArgumentException("cosines and sines are not of one shape");
        }
    }

    /** Positions that there are angles for. */
    public int positions() {
        return cosines.rows();
    }

    /** Elements of a head that are turned: the first {@code dim()} of them. */
    public int dim() {
        return 2 * cosines.columns();
    }
}
