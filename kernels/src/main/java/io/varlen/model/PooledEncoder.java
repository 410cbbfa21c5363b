package io.varlen.model;

import io.varlen.attention.AttentionListener;
import io.varlen.attention.Backend;
import io.varlen.attention.Pooling;
import io.varlen.attention.Tensor;
import io.varlen.sequence.CuSeqlens;
import java.util.stream.IntStream;

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
        int count = batch.cuSeqlens().count();
        if (transformer instanceof SelectiveTransformer selective && isOfOneToken()) {
            int[] ones = IntStream.generate(() -> 1).limit(count).toArray();
            return pooled(selective.forward(batch, tokens(batch.cuSeqlens()), listener), CuSeqlens.ofLengths(ones));
        }
        return pooled(transformer.forward(batch, listener), batch.cuSeqlens());
    }

    private boolean isOfOneToken() {
        return pooling == Pooling.CLS || pooling == Pooling.LAST_TOKEN;
    }

    private int[] tokens(CuSeqlens sequences) {
        return IntStream.range(0, sequences.count())
                .map(i -> pooling == Pooling.CLS ? sequences.start(i) : sequences.end(i) - 1)
                .toArray();
    }

    /** @param hidden is closed */
    private float[] pooled(Tensor hidden, CuSeqlens sequences) {
        try (Tensor states = hidden;
                Tensor pooled = backend.tensor(sequences.count(), dimension())) {
            backend.pool(states, sequences, pooling, pooled);
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
