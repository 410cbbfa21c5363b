package io.varlen.spark.engine;

import io.varlen.attention.AttentionListener;
import io.varlen.attention.Tensor;
import io.varlen.mask.Mask;
import io.varlen.model.PackedBatch;
import io.varlen.model.Transformer;
import java.util.Map;

/** A transformer that the engine owns: those who use it cannot close it, and it outlives every call that it has begun. */
final class SharedTransformer implements Transformer {
    private final Transformer transformer;
    private final SharedBackend shared;
    private final Gate gate;

    /** @param gate of what owns the transformer */
    SharedTransformer(Transformer transformer, SharedBackend shared, Gate gate) {
        this.transformer = transformer;
        this.shared = shared;
        this.gate = gate;
    }

    @Override
    public Tensor forward(PackedBatch batch, AttentionListener listener) {
        return shared.permit().inside(() -> gate.inside(() -> computed(batch, listener)));
    }

    /** A device that is still at work when the next one gets the permit would be shared by more than may share it. */
    private Tensor computed(PackedBatch batch, AttentionListener listener) {
        Tensor hidden = transformer.forward(batch, listener);
        try {
            shared.backend().finish();
        } catch (RuntimeException e) {
            hidden.close();
            throw e;
        }
        return hidden;
    }

    @Override
    public int hiddenSize() {
        return transformer.hiddenSize();
    }

    @Override
    public int layers() {
        return transformer.layers();
    }

    @Override
    public int heads() {
        return transformer.heads();
    }

    @Override
    public int maxPositions() {
        return transformer.maxPositions();
    }

    @Override
    public int vocabularySize() {
        return transformer.vocabularySize();
    }

    @Override
    public Map<String, Mask> masks() {
        return transformer.masks();
    }

    /** Does nothing: the engine closes what it shares. */
    @Override
    public void close() {}

    void release() {
        gate.close(transformer::close);
    }
}
