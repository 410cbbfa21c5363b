package io.varlen.attention;

import io.varlen.sequence.CuSeqlens;
import java.util.List;
import java.util.Optional;

/**
 * The operations that a transformer is written in. Safe for use by many threads at once.
 *
 * <p>Rows of a tensor are tokens. Whatever an operation writes for one sequence depends, bit for bit, on the rows of that
 * sequence alone: not on the batch around it, on its position, or on the number of threads; and what is not finite in one
 * sequence stays there. An output must not be an input of the same call unless the operation says so. Shapes and indices
 * that do not fit are an {@link IllegalArgumentException}.
 */
public interface Backend extends AutoCloseable {
    /** The name by which {@link Backends#open} finds it. */
    String name();

    /** What it computes with on this machine, in a few words for a log. */
    String description();

    /** In what linear layers can be asked to multiply on this machine. */
    List<Dtype> dtypes();

    /** The memory that its tensors are in, and how much of it is in use at this moment. */
    MemoryUse memoryUse();

    /** In what its linear layers multiply: never {@link Dtype#AUTO}. */
    Dtype dtype();

    /**
     * Bytes that tensors may take here together beside what is laid out already, about: what a device's budget has left, or half of
     * this JVM's heap, where tensors are on the heap.
     */
    long memory();

    /** Bytes of an element of {@link #activations}. */
    int activationBytes();

    /** An fp32 tensor of unspecified content. */
    Tensor tensor(int rows, int columns);

    /**
     * A tensor of unspecified content for what flows between layers: inputs and outputs of {@link #linear} and {@link
     * #feedForward}, heads. It is stored in {@link #dtype()} where the backend multiplies from memory in that, else in fp32.
     */
    Tensor activations(int rows, int columns);

    /** An fp32 tensor that holds these elements, row by row; the array is copied or handed over, so leave it alone. */
    Tensor tensor(float[] elements, int rows, int columns);

    /** Whether it shares its device, memory and streams with another library ({@link Backends#allocateBy}). */
    default boolean isHosted() {
        return false;
    }

    /**
     * An fp32 tensor over device memory that the library it shares the device with has given to the caller, and which stays the
     * caller's. What that library does to it on the calling thread comes before what is done here, or behind it, as it is asked for.
     *
     * @param address a multiple of 16
     * @throws UnsupportedOperationException unless {@link #isHosted()}
     */
    default Tensor tensor(long address, int rows, int columns) {
        throw new UnsupportedOperationException("backend " + name() + " shares no memory with another library");
    }

    /** Gives back what this thread's calls have left on the device to save its next ones work. */
    default void forget() {}

    /**
     * Lays out the weights of a linear layer.
     *
     * @param weight {@code [outputs, inputs]}, row-major
     * @param bias {@code [outputs]}, or null for none
     */
    Linear linear(float[] weight, int outputs, float[] bias, Activation activation);

    /** {@code y = activation(x Wᵀ + b)}. */
    void linear(Tensor x, Linear layer, Tensor y);

    /** {@code y = feedForward(x)}. */
    void feedForward(Tensor x, FeedForward layer, Tensor y);

    /** {@code y[i] = table[rows[i]]}. */
    void gather(Tensor table, int[] rows, Tensor y);

    /**
     * {@code x[i] = table[rows[i]]; z = norm(x)}; {@code z} may be {@code x}, which then holds the norm only. The bits are those of
     * {@link #gather} and {@link #norm(Tensor, Norm, Tensor)}.
     *
     * @param table made by {@link #tensor(float[], int, int)}
     */
    void gatherNorm(Tensor table, int[] rows, Norm norm, Tensor x, Tensor z);

    /**
     * {@code x[i] = table[rows[i]] + addend[addendRows[i]]; z = norm(x)}; {@code z} may be {@code x}, which then holds the norm only.
     * The bits are those of two {@link #gather} into tensors of the kind that {@code x} is, and {@link #addNorm}.
     *
     * @param table made by {@link #tensor(float[], int, int)}, as is {@code addend}
     */
    void gatherNorm(Tensor table, int[] rows, Tensor addend, int[] addendRows, Norm norm, Tensor x, Tensor z);

    /** {@code y = norm(x)}; {@code y} may be {@code x}. */
    void norm(Tensor x, Norm norm, Tensor y);

    /** {@code x += y; z = norm(x)}; {@code z} may be {@code x}, which then holds the normalised sum only. */
    void addNorm(Tensor x, Tensor y, Norm norm, Tensor z);

    /** {@code x += y}. */
    void add(Tensor x, Tensor y);

    /** Normalises each head of each token by itself, in place; the norm has as many columns as a head has elements. */
    void norm(Heads x, Norm norm);

    /**
     * Turns each head by the angles of its token's position, in place.
     *
     * @param positions {@code [T]}, each less than {@link Rope#positions()}
     */
    void rotate(Heads x, Rope rope, int[] positions);

    /** One call of variable-length attention. */
    void attention(Attention call);

    /** How the queries of an attention call spread their attention; neither its values nor its output are looked at. */
    void statistics(AttentionStatistics statistics);

    /** What benchmarks compare it with on its device; empty where it has none. */
    default Optional<DeviceComparison> comparison() {
        return Optional.empty();
    }

    /** Which kernel computes this call and why that one, in a few words for people. */
    String explain(Attention call);

    /** {@code y[i]} = the pooled rows of sequence {@code i}, none of which may be empty. */
    void pool(Tensor x, CuSeqlens sequences, Pooling pooling, Tensor y);

    /**
     * What a language model pays for each next token, without keeping all its logits: {@code nll[t] = log Σ_v exp(logit[t, v]) -
     * logit[t, targets[t]]} in nats, with {@code logit = x Wᵀ + b}; NaN where {@code targets[t]} is negative.
     */
    void crossEntropy(Tensor x, Linear head, int[] targets, double[] nll);

    /** Returns when what this thread has asked for is done. An operation may return before; whoever measures time waits. */
    void finish();

    @Override
    void close();
}
