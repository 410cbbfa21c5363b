package io.varlen.model;

import static io.varlen.model.BertConfig.GLOBAL;

import io.varlen.attention.Attention;
import io.varlen.attention.AttentionListener;
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
final class BertModel extends ConfiguredTransformer<BertConfig> implements SelectiveTransformer {
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
        Tensor x = backend.activations(batch.cuSeqlens().total(), hiddenSize());
        try {
            embed(batch, x);
            layers(batch, x, layers(), listener);
        } catch (RuntimeException | Error e) {
            x.close();
            throw e;
        }
        return x;
    }

    @Override
    public Tensor forward(PackedBatch batch, int[] tokens, AttentionListener listener) {
        batch.requireFor(this);
        Tensor last = backend.activations(tokens.length, hiddenSize());
        try (Tensor x = backend.activations(batch.cuSeqlens().total(), hiddenSize())) {
            embed(batch, x);
            layers(batch, x, layers() - 1, listener);
            lastLayer(batch, x, tokens, last, listener);
        } catch (RuntimeException | Error e) {
            last.close();
            throw e;
        }
        return last;
    }

    private void embed(PackedBatch batch, Tensor x) {
        backend.gatherNorm(
                weights.words(),
                batch.inputIds(),
                weights.positions(),
                positionRows(batch),
                weights.embeddingNorm(),
                x,
                x);
    }

    /** The first layers, in place. */
    private void layers(PackedBatch batch, Tensor x, int count, AttentionListener listener) {
        MaskPlan mask = MaskPlan.of(Mask.full(), batch.cuSeqlens());
        try (Tensor y = backend.activations(x.rows(), hiddenSize());
                Tensor qkv = backend.activations(x.rows(), 3 * hiddenSize());
                Tensor attended = backend.activations(x.rows(), hiddenSize())) {
            var attention = new Attention(heads(qkv, 0), heads(qkv, 1), heads(qkv, 2), mask, heads(attended, 0));
            for (int i = 0; i < count; i++) {
                BertWeights.Layer layer = weights.layers().get(i);
                backend.linear(x, layer.queryKeyValue(), qkv);
                listener.attention(i, GLOBAL, attention);
                backend.attention(attention);
                behindAttention(layer, attended, x, y);
            }
        }
    }

    /** Keys and values of all tokens; everything else of these alone. */
    private void lastLayer(PackedBatch batch, Tensor all, int[] tokens, Tensor x, AttentionListener listener) {
        BertWeights.Layer layer = weights.layers().get(layers() - 1);
        CuSeqlens queries = CuSeqlens.ofLengths(
                IntStream.generate(() -> 1).limit(tokens.length).toArray());
        MaskPlan mask = MaskPlan.of(Mask.full(), queries, batch.cuSeqlens());
        try (Tensor y = backend.activations(x.rows(), hiddenSize());
                Tensor qkv = backend.activations(all.rows(), 3 * hiddenSize());
                Tensor own = backend.activations(x.rows(), 3 * hiddenSize());
                Tensor attended = backend.activations(x.rows(), hiddenSize())) {
            backend.linear(all, layer.queryKeyValue(), qkv);
            backend.gather(qkv, tokens, own);
            backend.gather(all, tokens, x);
            var attention = new Attention(heads(own, 0), heads(qkv, 1), heads(qkv, 2), mask, heads(attended, 0));
            listener.attention(layers() - 1, GLOBAL, attention);
            backend.attention(attention);
            behindAttention(layer, attended, x, y);
        }
    }

    private void behindAttention(BertWeights.Layer layer, Tensor attended, Tensor x, Tensor y) {
        backend.linear(attended, layer.attentionOutput(), y);
        backend.addNorm(x, y, layer.attentionNorm(), x);
        backend.feedForward(x, layer.feedForward(), y);
        backend.addNorm(x, y, layer.outputNorm(), x);
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
