package io.varlen.internal.cuda;

import io.varlen.attention.Attention;
import io.varlen.attention.DeviceComparison;
import io.varlen.sequence.CuSeqlens;

/** Attention with all its scores in memory, by one kernel for each of its three steps. */
final class CudaStandardAttention implements DeviceComparison {
    private static final int THREADS = 256;
    private static final int TILE = 64;
    private static final int STEP = 16;
    private static final int PRODUCT_SHARED = 2 * STEP * (TILE + 4) * Float.BYTES;
    private static final int SOFTMAX_SHARED = THREADS / 32 * Float.BYTES;
    private static final String FILE = "attention_standard";

    private final CudaSession session;

    CudaStandardAttention(CudaSession session) {
        this.session = session;
    }

    @Override
    public long peakBytes(Runnable work) {
        session.synchronize();
        return session.memory().peakOf(() -> {
            work.run();
            session.synchronize();
        });
    }

    @Override
    public void standardAttention(Attention call) {
        CudaStream stream = session.stream();
        CuSeqlens sequences = call.mask().queries();
        int batch = sequences.count();
        int length = sequences.maxLength();
        requirePlain(call, batch, length);
        CudaTensor.of(call.q()).readBy(stream);
        CudaTensor.of(call.k()).readBy(stream);
        CudaTensor.of(call.v()).readBy(stream);
        CudaTensor.of(call.o()).writtenBy(stream);
        int heads = call.q().count();
        try (CudaSession.Scratch scores = session.scratch(DeviceComparison.scoreBytes(batch, length, heads))) {
            Params params = Params.of(96)
                    .put(0, CudaTensor.address(call.q()))
                    .put(8, CudaTensor.address(call.k()))
                    .put(16, CudaTensor.address(call.v()))
                    .put(24, CudaTensor.address(call.o()))
                    .put(32, scores.address())
                    .put(40, (long) call.q().tensor().columns())
                    .put(48, (long) call.k().tensor().columns())
                    .put(56, (long) call.v().tensor().columns())
                    .put(64, (long) call.o().tensor().columns())
                    .put(72, batch)
                    .put(76, length)
                    .put(80, heads)
                    .put(84, call.k().count())
                    .put(88, call.q().dim())
                    .put(92, call.options().scale());
            Element element = CudaTensor.of(call.q()).element();
            long items = (long) batch * heads;
            long tiles = RowKernels.blocks(length, TILE);
            long columns = RowKernels.blocks(call.q().dim(), TILE);
            launch(RowKernels.name(FILE + "_scores", element), items * tiles * tiles, PRODUCT_SHARED, params, stream);
            launch(FILE + "_softmax", items * length, SOFTMAX_SHARED, params, stream);
            launch(RowKernels.name(FILE + "_values", element), items * tiles * columns, PRODUCT_SHARED, params, stream);
        }
    }

    private void launch(String kernel, long grid, int sharedBytes, Params params, CudaStream stream) {
        session.launcher().launch(new Kernel(FILE, kernel, THREADS), grid, sharedBytes, params, stream);
    }

    private static void requirePlain(Attention call, int batch, int length) {
        long pairs = (long) batch * length * length;
        boolean oneElement = CudaTensor.of(call.q()).element()
                        == CudaTensor.of(call.k()).element()
                && CudaTensor.of(call.q()).element() == CudaTensor.of(call.v()).element()
                && CudaTensor.of(call.q()).element() == CudaTensor.of(call.o()).element();
        boolean plain = call.mask().queries().equals(call.mask().keys())
                && call.mask().queries().total() == (long) batch * length
                && call.mask().visiblePairs() == pairs
                && call.options().softcap() == 0
                && call.options().bias() == null
                && call.options().sinks() == null
                && call.lse() == null
                && oneElement;
        if (!plain) {
            throw new IllegalArgumentException(
                    "standard attention is for full masks over sequences of one length, tensors of one"
                            + " element type, without LSE and without options but the scale");
        }
    }
}
