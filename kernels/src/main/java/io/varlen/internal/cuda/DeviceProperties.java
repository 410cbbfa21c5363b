package io.varlen.internal.cuda;

/**
 * What kernels are chosen and sized by.
 *
 * @param capability compute capability, {@code 10 · major + minor}: 75 is a T4, 80 an A100, 90 an H100
 * @param multiprocessors how many of them
 * @param sharedPerBlock bytes of shared memory that one block can have at most
 * @param memory bytes
 */
record DeviceProperties(
        int ordinal, String name, int capability, int multiprocessors, int sharedPerBlock, long memory) {
    /** As NVIDIA writes it: sm_80. */
    String architecture() {
        return "sm_" + capability;
    }

    /** Whether it multiplies bf16 and copies asynchronously to shared memory. */
    boolean isAmpereOrLater() {
        return capability >= 80;
    }
}
