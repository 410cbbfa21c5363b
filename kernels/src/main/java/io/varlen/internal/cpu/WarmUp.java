package io.varlen.internal.cpu;

import io.varlen.attention.Attention;
import io.varlen.attention.AttentionOptions;
import io.varlen.attention.Heads;
import io.varlen.attention.Norm;
import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.mask.QueryTile;
import io.varlen.sequence.CuSeqlens;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs vector loops on made-up data until the JVM has compiled them, once per JVM and beside whatever else is being opened:
 * interpreted, every vector is an object, and the first batches of all tasks would be spent on that.
 */
final class WarmUp implements AutoCloseable {
    /** Long enough for the compiler, short enough to be in nobody's way. */
    private static final long NANOS = 1_500_000_000L;

    private static final int COLUMNS = 384;
    private static final int HEAD_DIM = 32;
    private static final CuSeqlens SEQUENCES = CuSeqlens.ofLengths(16, 57, 200);
    private static final AtomicBoolean DONE = new AtomicBoolean();

    private final Kernels kernels;
    private final Thread thread;
    private volatile boolean closed;

    private WarmUp(Kernels kernels) {
        this.kernels = kernels;
        this.thread = new Thread(this::run, "varlen-warm-up");
        thread.setDaemon(true);
    }

    /** Begins on a thread of its own, unless this JVM has done it before. */
    static WarmUp start(Kernels kernels) {
        WarmUp warmUp = new WarmUp(kernels);
        if (kernels.areSlowUntilCompiled() && DONE.compareAndSet(false, true)) {
            warmUp.thread.start();
        }
        return warmUp;
    }

    private void run() {
        MaskPlan full = MaskPlan.of(Mask.full(), SEQUENCES);
        MaskPlan causal = MaskPlan.of(Mask.causal(), SEQUENCES);
        CpuTensor x = CpuTensor.allocate(SEQUENCES.total(), COLUMNS);
        CpuTensor y = CpuTensor.allocate(SEQUENCES.total(), COLUMNS);
        for (int i = 0; i < x.data().length; i++) {
            x.data()[i] = i % 7 - 3;
        }
        short[] narrow = new short[x.data().length];
        NormKernel norm = kernels.norm(new Norm(Norm.Kind.LAYER, COLUMNS, null, null, 1e-5f));
        long start = System.nanoTime();
        while (!closed && System.nanoTime() - start < NANOS) {
            attention(x, full, y);
            attention(x, causal, y);
            kernels.toBf16(x.data(), 0, narrow, narrow.length);
            for (int row = 0; row < x.rows(); row++) {
                norm.norm(x.data(), x.row(row), y.data(), y.row(row));
                kernels.logSumExp(x.data(), x.row(row), COLUMNS);
            }
        }
    }

    private void attention(CpuTensor x, MaskPlan mask, CpuTensor y) {
        Heads heads = Heads.of(x, COLUMNS / HEAD_DIM);
        Heads output = Heads.of(y, COLUMNS / HEAD_DIM);
        var call = new Attention(heads, heads, heads, mask, AttentionOptions.forHeadDim(HEAD_DIM), output, null);
        try (AttentionKernel kernel = kernels.attention(call)) {
            for (QueryTile tile : mask.queryTiles(kernels.queriesPerTile())) {
                for (int head = 0; head < heads.count() && !closed; head++) {
                    kernel.run(tile, head);
                }
            }
        }
    }

    /** Ends it and waits for that. */
    @Override
    public void close() {
        closed = true;
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
