package io.varlen.internal.cuda;

import io.varlen.attention.Attention;
import java.util.Optional;

/** Attention without tensor cores, {@code attention_plain.cu}: every device, element type, mask and option. */
final class PlainAttention implements AttentionForm {
    private static final int THREADS = 256;
    private static final int MAX_DIM = 256;

    /** Queries of a tile, as in the kernel. */
    private static final int ROWS = 64;

    /** Queries, keys or values, and weights: 64 rows of 64 floats and a gap each. */
    private static final int SHARED_BYTES = 3 * 64 * (64 + 4) * Float.BYTES;

    private final Launcher launcher;

    PlainAttention(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public String name() {
        return AttentionForms.PLAIN;
    }

    @Override
    public Optional<String> reasonAgainst(Attention call, DeviceProperties device) {
        int dim = call.q().dim();
        return dim <= MAX_DIM ? Optional.empty() : Optional.of("a head size of " + dim + " is above " + MAX_DIM);
    }

    @Override
    public void launch(Attention call, DevicePlan plan, CudaStream stream) {
        AttentionTiles tiles = AttentionTiles.of(plan, ROWS);
        launcher.launch(
                new Kernel("attention_plain", kernel(call), THREADS),
                (long) tiles.count() * call.q().count(),
                SHARED_BYTES,
                AttentionParams.of(call, plan, tiles),
                stream);
    }

    private static String kernel(Attention call) {
        String size = call.q().dim() <= 128 ? "128" : "256";
        return "attention_plain_" + CudaTensor.of(call.q()).element().suffix() + "_" + size;
    }
}
