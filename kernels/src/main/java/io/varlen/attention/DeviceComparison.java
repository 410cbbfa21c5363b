package io.varlen.attention;

/**
 * What benchmarks ask of a backend that computes on a device of its own: an opponent on the same device, and the memory there.
 * Nobody else should.
 */
public interface DeviceComparison {
    /**
     * Attention as frameworks compute it without a flash kernel: all scores in device memory at the same time, in fp32, then their softmax,
     * then the products with the values, by a plain kernel each. Results are as close as those of {@link Backend#attention}.
     *
     * @param call of a full mask over sequences of one length, its scale the only option, without LSE
     * @throws OutOfDeviceMemoryException if the scores do not fit
     */
    void standardAttention(Attention call);

    /** The bytes of scores that {@link #standardAttention} keeps for so many sequences of one length. */
    static long scoreBytes(int sequences, int length, int heads) {
        return Math.multiplyExact((long) sequences * heads * Float.BYTES, (long) length * length);
    }

    /**
     * The most device memory that was taken at the same time while the work ran, beyond what was before; work of other threads of this
     * process on the device counts too.
     */
    long peakBytes(Runnable work);
}
