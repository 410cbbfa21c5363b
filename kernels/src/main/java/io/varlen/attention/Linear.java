package io.varlen.attention;

/** The weights of {@code y = activation(x Wᵀ + b)}, laid out as their backend likes them. Made by {@link Backend#linear}. */
public interface Linear extends AutoCloseable {
    /** K, the columns of {@code x}. */
    int inputs();

    /** N, the columns of {@code y}. */
    int outputs();

    @Override
    void close();
}
