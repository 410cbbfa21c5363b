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

    SharedCausalLm(CausalLm model) {
        this.model = model;
        this.transformer = new SharedTransformer(model.transformer(), gate);
    }

    @Override
    public double[] negativeLogLikelihood(PackedBatch batch, AttentionListener listener) {
        return gate.inside(() -> model.negativeLogLikelihood(batch, listener));
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
