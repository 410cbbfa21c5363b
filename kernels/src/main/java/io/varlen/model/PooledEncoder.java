package io.varlen.model;

import io.varlen.attention.AttentionListener;
import io.varlen.attention.Backend;
import io.varlen.attention.Pooling;
import io.varlen.attention.Tensor;

/** The hidden states of a transformer, pooled to one vector per sequence. */
final class PooledEncoder implements Encoder {
    private final Transformer transformer;
    private final Pooling pooling;
    private final Backend backend;

    PooledEncoder(Transformer transformer, Pooling pooling, Backend backend) {
        this.transformer = transformer;
        this.pooling = pooling;
        this.backend = backend;
    }

    @Override
    public float[] embed(PackedBatch batch, AttentionListener listener) {
        for (int i = 0; i < batch.cuSeqlens().count(); i++) {
            if (batch.cuSeqlens().length(i) == 0) {
                throw new IllegalArgumentException("sequence " + i + " has no token; there is nothing to embed");
            }
        }
        float[] vectors = new float[Math.multiplyExact(batch.cuSeqlens().count(), dimension())];
        int at = 0;
        for (float[] part : FittingBatches.run(batch, some -> pooled(some, listener))) {
            System.arraycopy(part, 0, vectors, at, part.length);
            at += part.length;
        }
        return vectors;
    }

    private float[] pooled(PackedBatch batch, AttentionListener listener) {
        try (Tensor states = transformer.forward(batch, listener);
                Tensor pooled = backend.tensor(batch.cuSeqlens().count(), dimension())) {
            backend.pool(states, batch.cuSeqlens(), pooling, pooled);
            return pooled.toArray();
        }
    }

    @Override
    public int dimension() {
        return transformer.hiddenSize();
    }

    @Override
    public int maxPositions() {
        return transformer.maxPositions();
    }

    @Override
    public void close() {
        transformer.close();
    }
}
