package io.varlen.internal.cuda;

import io.varlen.attention.Attention;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * Attention for calls with short sequences, {@code attention_short.cu}; the long ones among them are computed by
 * {@link Sm80Attention}. Which of the two kernels computes a sequence follows from its own length alone, and both give the same
 * bits, so company changes nothing.
 */
final class ShortAttention implements AttentionForm {
    private static final int MAX_DIM = 128;

    /** Query heads per key head; more of them would make rows that the kernel cannot tell apart. */
    private static final int MAX_HEADS = 64;

    private final Launcher launcher;
    private final DeviceProperties device;
    private final Sm80Attention rest;

    /** @param rest computes what is not short */
    ShortAttention(Launcher launcher, DeviceProperties device, Sm80Attention rest) {
        this.launcher = launcher;
        this.device = device;
        this.rest = rest;
    }

    @Override
    public String name() {
        return "short";
    }

    @Override
    public Optional<String> reasonAgainst(Attention call, DeviceProperties device) {
        Optional<String> reason = TensorCores.reasonAgainst(call, device, MAX_DIM);
        if (reason.isPresent()) {
            return reason;
        }
        int heads = call.q().count() / call.k().count();
        if (heads > MAX_HEADS) {
            return Optional.of(heads + " query heads share a key head; at most " + MAX_HEADS + " can");
        }
        int dim = call.q().dim();
        for (int groups : groups(dim)) {
            int bytes = sharedBytes(dim, groups);
            if (bytes > device.sharedPerBlock()) {
                return Optional.of("it takes " + bytes + " bytes of shared memory, but a block has at most "
                        + device.sharedPerBlock());
            }
        }
        for (int i = 0; i < call.mask().queries().count(); i++) {
            if (call.mask().queries().length(i) > 0 && isShort(call.mask(), i, dim)) {
                return Optional.empty();
            }
        }
        return Optional.of("no sequence has at most " + maxTokens(dim) + " tokens");
    }

    /**
     * Up to which length a sequence is short: where its tiles read keys and values again, which then come out of the L2 cache,
     * no more often than the larger tiles of {@link Sm80Attention} would.
     */
    private static int maxTokens(int dim) {
        return dim <= 64 ? 256 : 64;
    }

    private static boolean isShort(MaskPlan plan, int sequence, int dim) {
        return Math.max(plan.queries().length(sequence), plan.keys().length(sequence)) <= maxTokens(dim);
    }

    /** Of 16 rows, in a tile: there are kernels for small tiles, and for as large ones as leave room for two stages. */
    private static int[] groups(int dim) {
        return dim <= 64 ? new int[] {4, 8} : new int[] {4};
    }

    @Override
    public void launch(Attention call, DevicePlan plan, CudaStream stream) {
        int dim = call.q().dim();
        int heads = call.q().count() / call.k().count();
        MaskPlan mask = call.mask();
        boolean full = seesAll(mask);
        int[] groups = groups(dim);
        for (int i = 0; i < groups.length; i++) {
            int from = i == 0 ? 0 : groups[i - 1] * 16;
            int to = i == groups.length - 1 ? Integer.MAX_VALUE : groups[i] * 16;
            IntPredicate fits = sequence -> {
                int rows = Math.max(
                        mask.queries().length(sequence) * heads, mask.keys().length(sequence));
                return isShort(mask, sequence, dim) && rows > from && rows <= to;
            };
            launch(call, plan, groups[i], fits, full, stream);
        }
        AttentionTiles tiles = AttentionTiles.of(
                plan,
                Sm80Attention.tileRows(call),
                "longer than " + maxTokens(dim),
                sequence -> !isShort(mask, sequence, dim));
        if (tiles.count() > 0) {
            rest.launch(call, plan, tiles, stream);
        }
    }

    /** What the lists of tiles are known by within a plan. */
    private record Key(int groups, int heads, int dim) {}

    private void launch(
            Attention call, DevicePlan plan, int groups, IntPredicate sequences, boolean full, CudaStream stream) {
        int dim = TensorCores.paddedDim(call.q().dim());
        int heads = call.q().count() / call.k().count();
        DevicePlan.Array list =
                plan.array(new Key(groups, heads, dim), () -> ShortTiles.of(call.mask(), groups, heads, sequences));
        int tiles = (int) (list.bytes() / (groups * ShortTiles.GROUP_BYTES));
        if (tiles == 0) {
            return;
        }
        Params params = AttentionParams.of(call, plan, AttentionParams.SIZE + 16, !full)
                .put(AttentionParams.SIZE, list.address())
                .put(AttentionParams.SIZE + 8, tiles)
                .put(AttentionParams.SIZE + 12, full ? 1 : 0);
        String name = "attention_short_" + CudaTensor.of(call.q()).element().suffix() + "_" + dim + "_" + groups;
        int bytes = sharedBytes(dim, groups);
        long blocks =
                Math.min((long) tiles * call.k().count(), (long) device.multiprocessors() * resident(dim, groups));
        launcher.launch(new Kernel("attention_short", name, 32 * groups), blocks, bytes, params, stream);
    }

    /** Two stages of queries, keys and values, and three descriptions of tiles. */
    private static int sharedBytes(int dim, int groups) {
        int padded = TensorCores.paddedDim(dim);
        return 2 * 3 * groups * 16 * padded * Short.BYTES + 3 * groups * ShortTiles.GROUP_BYTES;
    }

    /** How many thread blocks a multiprocessor holds at once; it keeps 1 KiB of shared memory per block for itself. */
    private int resident(int dim, int groups) {
        int registers = groups == 8 || dim > 64 ? 2 : 4; // as in attention_short.cu
        return Math.max(1, Math.min(registers, (device.sharedPerBlock() + 1024) / (sharedBytes(dim, groups) + 1024)));
    }

    private static boolean seesAll(MaskPlan plan) {
        long pairs = 0;
        CuSeqlens queries = plan.queries();
        for (int i = 0; i < queries.count(); i++) {
            pairs += (long) queries.length(i) * plan.keys().length(i);
        }
        return plan.visiblePairs() == pairs;
    }
}
