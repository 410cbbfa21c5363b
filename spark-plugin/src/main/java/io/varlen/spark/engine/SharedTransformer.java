package io.varlen.spark.engine;

import io.varlen.attention.AttentionListener;
import io.varlen.attention.Tensor;
import io.varlen.mask.Mask;
import io.varlen.model.PackedBatch;
import io.varlen.model.Transformer;
import java.util.Map;

/** A transformer that the engine owns: those who use it cannot close it, and it outlives every call that it has begun. */
final class SharedTransformer implements Transformer {
    private final Gate gate;
    private final Transformer transformer;

    /** @param gate of what owns the transformer */
    SharedTransformer(Transformer transformer, Gate gate) {
        this.transformer = transformer;
        this.gate = gate;
    }

    SharedTransformer(Transformer transformer) {
        this(transformer, new Gate());
    }

    @Override
    public Tensor forward(PackedBatch batch, AttentionListener listener) {
        return gate.inside(() -> transformer.forward(batch, listener));
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
