package io.varlen.spark.engine;

import io.varlen.attention.AttentionListener;
import io.varlen.model.Encoder;
import io.varlen.model.PackedBatch;

/** An encoder that the engine owns: those who use it cannot close it, and it outlives every call that it has begun. */
final class SharedEncoder implements Encoder {
    private final Gate gate = new Gate();
    private final Encoder encoder;
    private final ComputePermit permit;

    SharedEncoder(Encoder encoder, ComputePermit permit) {
        this.encoder = encoder;
        this.permit = permit;
    }

    @Override
    public float[] embed(PackedBatch batch, AttentionListener listener) {
        return permit.inside(() -> gate.inside(() -> encoder.embed(batch, listener)));
    }

    @Override
    public int dimension() {
        return encoder.dimension();
    }

    @Override
    public int maxPositions() {
        return encoder.maxPositions();
    }

    /** Does nothing: the engine closes what it shares. */
    @Override
    public void close() {}

    void release() {
        gate.close(encoder::close);
    }
}
