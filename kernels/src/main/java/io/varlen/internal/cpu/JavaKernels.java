package io.varlen.internal.cpu;

import io.varlen.attention.Attention;

/** In plain Java, written so that the compiler vectorises what it can. */
final class JavaKernels implements Kernels {
    @Override
    public String description() {
        return "attention in plain Java";
    }

    @Override
    public int queriesPerTile() {
        return FlashAttention.QUERY_TILE;
    }

    @Override
    public AttentionKernel attention(Attention call) {
        return new FlashAttention(call);
    }
}
