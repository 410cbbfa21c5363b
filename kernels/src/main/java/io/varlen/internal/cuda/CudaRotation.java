package io.varlen.internal.cuda;

import io.varlen.attention.Heads;
import io.varlen.attention.Rope;

/** Rotary position embedding. */
final class CudaRotation {
    private static final int THREADS = 256;
    private static final int PAIRS_PER_THREAD = 8;

    private final Launcher launcher;

    CudaRotation(Launcher launcher) {
        this.launcher = launcher;
    }

    /**
     * Turns heads in place.
     *
     * @param positions {@code int[T]} on the device, each a row of the rope's tables
     */
    void rotate(Heads x, Rope rope, long positions, CudaStream stream) {
        CudaTensor tensor = CudaTensor.of(x);
        CudaTensor cosines = CudaTensor.of(rope.cosines());
        CudaTensor sines = CudaTensor.of(rope.sines());
        int pairs = rope.dim() / 2;
        long elementBytes = tensor.element().bytes();
        int vectors = RowKernels.vectors(
                CudaTensor.address(x),
                x.dim() * elementBytes,
                tensor.columns() * elementBytes,
                pairs * elementBytes,
                RowKernels.stride(cosines.matrix()));
        Params params = Params.of(64)
                .put(0, CudaTensor.address(x))
                .put(8, cosines.address())
                .put(16, sines.address())
                .put(24, positions)
                .put(32, (long) tensor.columns())
                .put(40, x.tokens())
                .put(44, x.count())
                .put(48, x.dim())
                .put(52, pairs)
                .put(56, rope.pairing() == Rope.Pairing.NEIGHBOURS ? 1 : 0)
                .put(60, vectors);
        Kernel kernel = new Kernel("rope", RowKernels.name("rope", tensor.element()), THREADS);
        long items = (long) x.tokens() * x.count() * RowKernels.blocks(pairs, PAIRS_PER_THREAD);
        launcher.launch(kernel, RowKernels.blocks(items, THREADS), 0, params, stream);
    }
}
