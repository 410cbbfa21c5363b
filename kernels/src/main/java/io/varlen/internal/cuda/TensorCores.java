package io.varlen.internal.cuda;

import io.varlen.attention.Attention;
import io.varlen.attention.Heads;
import java.util.Optional;

/** What all attention on tensor cores asks of a call, and how its kernels are named. */
final class TensorCores {
    private TensorCores() {}

    /** Why there is no such kernel for a call with heads of up to {@code maxDim}; empty if there is. */
    static Optional<String> reasonAgainst(Attention call, DeviceProperties device, int maxDim) {
        if (!device.isAmpereOrLater()) {
            return Optional.of(device.architecture() + " is older than sm_80");
        }
        if (CudaTensor.of(call.q()).element() == Element.F32) {
            return Optional.of("fp32 is not multiplied on tensor cores; bf16 and fp16 are");
        }
        int dim = call.q().dim();
        if (dim % 8 != 0 || dim > maxDim) {
            return Optional.of("a head size of " + dim + " is no multiple of 8 up to " + maxDim);
        }
        if (call.mask().isDense()) {
            return Optional.of("the mask is dense");
        }
        if (call.options().bias() != null) {
            return Optional.of("there is a bias");
        }
        if (!(aligned(call.q()) && aligned(call.k()) && aligned(call.v()) && aligned(call.o()))) {
            return Optional.of("not all heads begin at a multiple of 16 bytes");
        }
        return Optional.empty();
    }

    private static boolean aligned(Heads heads) {
        return heads.offset() % 8 == 0 && heads.tensor().columns() % 8 == 0;
    }

    /** The head size that a kernel is made for. */
    static int paddedDim(int dim) {
        return dim <= 128 ? (dim + 31) / 32 * 32 : dim <= 192 ? 192 : 256;
    }
}
