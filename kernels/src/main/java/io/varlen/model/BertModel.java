package io.varlen.model;

import static io.varlen.model.BertConfig.GLOBAL;

import io.varlen.attention.Attention;
import io.varlen.attention.AttentionListener;
import io.varlen.attention.Backend;
import io.varlen.attention.Heads;
import io.varlen.attention.Tensor;
import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;

/**
 * The encoder of BERT (Devlin et al. 2018, arXiv:1810.04805), also RoBERTa's: embeddings, then layers of attention and
 * feed-forward, each with a residual connection and a layer normalisation behind it.
 */
final class BertModel extends ConfiguredTransformer<BertConfig> {
    private final Backend backend;
    private final BertWeights weights;

    /** @param weights laid out for the backend; closed with the model */
    BertModel(BertConfig config, BertWeights weights, Backend backend) {
        super(config);
        this.weights = weights;
        this.backend = backend;
    }

    @Override
    public Tensor forward(PackedBatch batch, AttentionListener listener) {
        batch.requireFor(this);
        MaskPlan mask = MaskPlan.of(Mask.full(), batch.cuSeqlens());
        int tokens = batch.cuSeqlens().total();
        Tensor x = backend.tensor(tokens, hiddenSize());
        try (Tensor y = backend.tensor(tokens, hiddenSize());
                Tensor qkv = backend.tensor(tokens, 3 * hiddenSize());
                Tensor attended = backend.tensor(tokens, hiddenSize())) {
            backend.gather(weights.words(), batch.inputIds(), x);
            backend.gather(weights.positions(), positionRows(batch), y);
            backend.addNorm(x, y, weights.embeddingNorm(), x);
            var attention = new Attention(heads(qkv, 0), heads(qkv, 1), heads(qkv, 2), mask, heads(attended, 0));
            for (int i = 0; i < layers(); i++) {
                BertWeights.Layer layer = weights.layers().get(i);
                backend.linear(x, layer.queryKeyValue(), qkv);
                listener.attention(i, GLOBAL, attention);
                backend.attention(attention);
                backend.linear(attended, layer.attentionOutput(), y);
                backend.addNorm(x, y, layer.attentionNorm(), x);
                backend.feedForward(x, layer.feedForward(), y);
                backend.addNorm(x, y, layer.outputNorm(), x);
            }
        }
        return x;
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

    /** The n-th {@code hidden} columns of a tensor. */
    private Heads heads(Tensor tensor, int n) {
        return new Heads(tensor, n * hiddenSize(), heads(), hiddenSize() / heads());
    }

    @Override
    public void close() {
        weights.close();
    }
}
