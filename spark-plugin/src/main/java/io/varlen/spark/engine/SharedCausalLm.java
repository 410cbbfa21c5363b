package io.varlen.spark.engine;

import io.varlen.attention.AttentionListener;
import io.varlen.model.CausalLm;
import io.varlen.model.PackedBatch;
import io.varlen.model.Transformer;

/** A language model that the engine owns: those who use it cannot close it, and it outlives every call that it has begun. */
final class SharedCausalLm implements CausalLm {
    private final Gate gate = new Gate();
    private final CausalLm model;
    private final Transformer transformer;
    private final ComputePermit permit;

    SharedCausalLm(CausalLm model, SharedBackend shared) {
        this.model = model;
        this.permit = shared.permit();
        this.transformer = new SharedTransformer(model.transformer(), shared, gate);
    }

    @Override
    public double[] negativeLogLikelihood(PackedBatch batch, AttentionListener listener) {
        return permit.inside(() -> gate.inside(() -> model.negativeLogLikelihood(batch, listener)));
    }

    @Override
    public Transformer transformer() {
        return transformer;
    }

    /** Does nothing: the engine closes what it shares. */
    @Override
    public void close() {}

    void release() {
        gate.close(model::close);
    }
}
