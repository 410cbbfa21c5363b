package io.varlen.internal.cuda;

import io.varlen.attention.Attention;
import java.util.Optional;

/** Attention on the tensor cores of sm_80 and later, {@code attention_sm80.cu}: sequences of any length. */
final class Sm80Attention implements AttentionForm {
    private static final int MAX_DIM = 256;

    private final Launcher launcher;

    Sm80Attention(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public String name() {
        return "sm80";
    }

    @Override
    public Optional<String> reasonAgainst(Attention call, DeviceProperties device) {
        Optional<String> reason = TensorCores.reasonAgainst(call, device, MAX_DIM);
        int bytes = Shape.of(call).sharedBytes();
        return reason.isPresent() || bytes <= device.sharedPerBlock()
                ? reason
                : Optional.of("it takes " + bytes + " bytes of shared memory, but a block has at most "
                        + device.sharedPerBlock());
    }

    @Override
    public void launch(Attention call, DevicePlan plan, CudaStream stream) {
        launch(call, plan, AttentionTiles.of(plan, Shape.of(call).rows), stream);
    }

    /** How many queries its tiles hold at most, for a call. */
    static int tileRows(Attention call) {
        return Shape.of(call).rows;
    }

    /** Of some of the queries only. */
    void launch(Attention call, DevicePlan plan, AttentionTiles tiles, CudaStream stream) {
        Shape shape = Shape.of(call);
        Element element = CudaTensor.of(call.q()).element();
        Kernel kernel =
                new Kernel("attention_sm80", "attention_sm80_" + element.suffix() + "_" + shape.dim, Shape.THREADS);
        launcher.launch(
                kernel,
                (long) tiles.count() * call.q().count(),
                shape.sharedBytes(),
                AttentionParams.of(call, plan, tiles),
                stream);
    }

    /** As in the kernel: the queries of a tile, and the keys of a step. */
    private record Shape(int dim, int rows, int keys) {
        static final int THREADS = 128;

        static Shape of(Attention call) {
            int dim = TensorCores.paddedDim(call.q().dim());
            return new Shape(dim, dim <= 128 ? 128 : 64, dim == 96 || dim == 128 ? 32 : 64);
        }

        /** The queries, and a step of keys and values. */
        int sharedBytes() {
            return (rows + 2 * keys) * dim * Short.BYTES;
        }
    }
}
