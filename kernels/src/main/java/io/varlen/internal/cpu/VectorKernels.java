package io.varlen.internal.cpu;

import io.varlen.attention.Attention;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** With the Vector API, in the widest vectors that the processor has. */
final class VectorKernels implements Kernels {
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    VectorKernels() {}

    @Override
    public String description() {
        return "attention in Java vectors of " + SPECIES.vectorBitSize() + " bits";
    }

    @Override
    public AttentionKernel attention(Attention call) {
        return new FlashAttention(call);
    }
}
