package io.varlen.internal.cuda;

/** What the kernels over rows have in common. */
final class RowKernels {
    /** What a thread loads at once. */
    private static final int VECTOR_BYTES = 16;

    private RowKernels() {}

    /** The kernel of an operation for operands of these types, as in {@code KERNEL(norm_f32_bf16_bf16, …)}. */
    static String name(String operation, Element... operands) {
        StringBuilder name = new StringBuilder(operation);
        for (Element operand : operands) {
            name.append('_').append(operand.suffix());
        }
        return name.toString();
    }

    /** Thread blocks for so many items. */
    static long blocks(long items, long perBlock) {
        return (items + perBlock - 1) / perBlock;
    }

    /** 1 if all of these addresses and distances in bytes are multiples of what a thread loads at once, else 0. */
    static int vectors(long... addressesAndStrides) {
        for (long bytes : addressesAndStrides) {
            if (bytes % VECTOR_BYTES != 0) {
                return 0;
            }
        }
        return 1;
    }

    /** Bytes from a row of a matrix to the next. */
    static long stride(Matrix matrix) {
        return (long) matrix.columns() * matrix.element().bytes();
    }
}
