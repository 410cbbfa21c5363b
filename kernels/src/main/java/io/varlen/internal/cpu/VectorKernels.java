package io.varlen.internal.cpu;

import io.varlen.attention.Attention;
import io.varlen.attention.Norm;
import java.util.ArrayDeque;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/** With the Vector API, in the widest vectors that the processor has. */
final class VectorKernels implements Kernels {
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

    /** Lanes of a vector. */
    static final int WIDTH = SPECIES.length();

    /** Whether a block of 16 vectors stays in registers: there are 32 with AVX-512, 16 with AVX2. */
    static final boolean MANY_REGISTERS = WIDTH >= 16;

    /** Vectors of queries that go together; as many rows of a result as a block in registers has. */
    static final int VECTORS = 4;

    /** Queries that go together. */
    static final int LANES = VECTORS * WIDTH;

    /** What no thread uses at the moment. */
    private final ArrayDeque<VectorFlashAttention> idle = new ArrayDeque<>();

    /** @throws UnsupportedOperationException if vectors are too short to be worth it */
    VectorKernels() {
        if (WIDTH < 4) {
            throw new UnsupportedOperationException("vectors of " + SPECIES.vectorBitSize() + " bits");
        }
    }

    @Override
    public String description() {
        return "attention in Java vectors of " + SPECIES.vectorBitSize() + " bits";
    }

    @Override
    public boolean areSlowUntilCompiled() {
        return true;
    }

    @Override
    public int queriesPerTile() {
        return VectorFlashAttention.QUERY_TILE;
    }

    @Override
    public AttentionKernel attention(Attention call) {
        VectorFlashAttention kernel;
        synchronized (idle) {
            kernel = idle.poll();
        }
        if (kernel == null) {
            kernel = new VectorFlashAttention(this::giveBack);
        }
        kernel.begin(call);
        return kernel;
    }

    private void giveBack(VectorFlashAttention kernel) {
        synchronized (idle) {
            idle.push(kernel);
        }
    }

    @Override
    public NormKernel norm(Norm norm) {
        return new VectorNorm(norm);
    }

    @Override
    public void rotateHalves(float[] x, int at, float[] cosines, float[] sines, int angle, int pairs) {
        VectorRows.rotateHalves(x, at, cosines, sines, angle, pairs);
    }

    @Override
    public double logSumExp(float[] x, int from, int count) {
        return VectorRows.logSumExp(x, from, count);
    }

    @Override
    public void toBf16(float[] x, int from, short[] y, int count) {
        VectorRows.toBf16(x, from, y, count);
    }
}
