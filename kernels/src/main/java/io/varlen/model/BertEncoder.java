package io.varlen.model;

import io.varlen.attention.Attention;
import io.varlen.attention.Backend;
import io.varlen.attention.Heads;
import io.varlen.attention.Tensor;
import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.util.stream.IntStream;

/**
 * The encoder of BERT (Devlin et al. 2018, arXiv:1810.04805), also RoBERTa's: embeddings, then layers of attention and
 * feed-forward, each with a residual connection and a layer normalisation behind it.
 */
final class BertEncoder implements Encoder {
    private final ModelConfig config;
    private final Pooling pooling;
    private final Backend backend;
    private final BertWeights weights;

    /** @param weights laid out for the backend; closed with the encoder */
    BertEncoder(ModelConfig config, Pooling pooling, BertWeights weights, Backend backend) {
        this.config = config;
        this.pooling = pooling;
        this.weights = weights;
        this.backend = backend;
    }

    /** The hidden states of the last layer, {@code [T, hidden]}; the caller closes them. */
    Tensor forward(PackedBatch batch) {
        CuSeqlens sequences = batch.cuSeqlens();
        MaskPlan mask = MaskPlan.of(Mask.full(), sequences);
        int tokens = sequences.total();
        Tensor x = backend.tensor(tokens, hidden());
        try (Tensor y = backend.tensor(tokens, hidden());
                Tensor qkv = backend.tensor(tokens, 3 * hidden());
                Tensor attended = backend.tensor(tokens, hidden());
                Tensor inner = backend.tensor(tokens, inner())) {
            backend.gather(weights.words(), batch.inputIds(), x);
            backend.gather(weights.positions(), positionRows(batch), y);
            backend.addNorm(x, y, weights.embeddingNorm());
            for (BertWeights.Layer layer : weights.layers()) {
                backend.linear(x, layer.queryKeyValue(), qkv);
                backend.attention(new Attention(heads(qkv, 0), heads(qkv, 1), heads(qkv, 2), mask, heads(attended, 0)));
                backend.linear(attended, layer.attentionOutput(), y);
                backend.addNorm(x, y, layer.attentionNorm());
                backend.linear(x, layer.intermediate(), inner);
                backend.linear(inner, layer.output(), y);
                backend.addNorm(x, y, layer.outputNorm());
            }
        }
        return x;
    }

    @Override
    public float[] embed(PackedBatch batch) {
        CuSeqlens sequences = batch.cuSeqlens();
        requireEmbeddable(batch);
        try (Tensor states = forward(batch);
                Tensor pooled = backend.tensor(sequences.count(), hidden())) {
            switch (pooling) {
                case MEAN -> backend.mean(states, sequences, pooled);
                case CLS -> backend.gather(states, firstTokens(sequences), pooled);
            }
            return pooled.toArray();
        }
    }

    private void requireEmbeddable(PackedBatch batch) {
        CuSeqlens sequences = batch.cuSeqlens();
        for (int i = 0; i < sequences.count(); i++) {
            if (sequences.length(i) == 0 || sequences.length(i) > maxPositions()) {
                throw new IllegalArgumentException("sequence " + i + " has " + sequences.length(i)
                        + " tokens; the model takes 1 to " + maxPositions());
            }
        }
        for (int id : batch.inputIds()) {
            if (id < 0 || id >= config.vocabularySize()) {
                throw new IllegalArgumentException(
                        "token id " + id + " is not in the model's vocabulary of " + config.vocabularySize());
            }
        }
    }

    /** RoBERTa leaves out padding ids when it counts, and gives them the row before the first position. */
    private int[] positionRows(PackedBatch batch) {
        int[] rows = new int[batch.inputIds().length];
        int padding = config.firstPosition() - 1;
        for (int i = 0; i < batch.cuSeqlens().count(); i++) {
            int position = config.firstPosition();
            for (int t = batch.cuSeqlens().start(i); t < batch.cuSeqlens().end(i); t++) {
                rows[t] = batch.inputIds()[t] == padding ? padding : position++;
            }
        }
        return rows;
    }

    private static int[] firstTokens(CuSeqlens sequences) {
        return IntStream.range(0, sequences.count()).map(sequences::start).toArray();
    }

    /** The n-th {@code hidden} columns of a tensor. */
    private Heads heads(Tensor tensor, int n) {
        return new Heads(tensor, n * hidden(), config.heads(), hidden() / config.heads());
    }

    private int hidden() {
        return config.hiddenSize();
    }

    private int inner() {
        return config.intermediateSize();
    }

    @Override
    public int dimension() {
        return config.hiddenSize();
    }

    @Override
    public int maxPositions() {
        return config.maxPositions();
    }

    @Override
    public void close() {
        weights.close();
    }
}
