package io.varlen.model;

import io.varlen.attention.Attention;
import io.varlen.attention.AttentionListener;
import io.varlen.attention.Backend;
import io.varlen.attention.Heads;
import io.varlen.attention.Rope;
import io.varlen.attention.Tensor;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.util.HashMap;
import java.util.Map;

/**
 * The encoder ModernBERT (Warner et al. 2024, arXiv:2412.13663): some layers see the whole sequence, the others a window around
 * each token, each kind with a rotation of its own; normalisation comes before attention and feed-forward.
 */
final class ModernBertModel extends ConfiguredTransformer<ModernBertConfig> {
    private final ModernBertWeights weights;
    private final Map<String, RopeTables> rotations = new HashMap<>();
    private final Backend backend;

    /** @param weights laid out for the backend; closed with the model */
    ModernBertModel(ModernBertConfig config, ModernBertWeights weights, Backend backend) {
        super(config);
        this.weights = weights;
        this.backend = backend;
        int headDim = config.hiddenSize() / config.heads();
        config.ropes()
                .forEach((mask, rope) -> rotations.put(
                        mask, RopeTables.rotating(backend, rope.frequencies(headDim), Rope.Pairing.HALVES)));
    }

    @Override
    public Tensor forward(PackedBatch batch, AttentionListener listener) {
        batch.requireFor(this);
        CuSeqlens sequences = batch.cuSeqlens();
        Map<String, MaskPlan> masks = MaskPlans.of(masks(), sequences);
        int[] positions = sequences.positionIds();
        int tokens = sequences.total();
        Tensor h = backend.activations(tokens, hiddenSize());
        try (Tensor x = backend.tensor(tokens, hiddenSize());
                Tensor y = backend.activations(tokens, hiddenSize());
                Tensor qkv = backend.activations(tokens, 3 * hiddenSize());
                Tensor attended = backend.activations(tokens, hiddenSize())) {
            Heads q = heads(qkv, 0);
            Heads k = heads(qkv, 1);
            backend.gatherNorm(weights.tokens(), batch.inputIds(), weights.embeddingNorm(), x, h);
            backend.norm(x, weights.embeddingNorm(), x);
            for (int i = 0; i < layers(); i++) {
                ModernBertWeights.Layer layer = weights.layers().get(i);
                String mask = config.layerMasks().get(i);
                Rope rope = rotations.get(mask).upTo(sequences.maxLength());
                backend.linear(h, layer.queryKeyValue(), qkv);
                backend.rotate(q, rope, positions);
                backend.rotate(k, rope, positions);
                var attention = new Attention(q, k, heads(qkv, 2), masks.get(mask), heads(attended, 0));
                listener.attention(i, mask, attention);
                backend.attention(attention);
                backend.linear(attended, layer.attentionOutput(), y);
                backend.addNorm(x, y, layer.feedForwardNorm(), h);
                backend.feedForward(h, layer.feedForward(), y);
                backend.addNorm(x, y, weights.normBehind(i), h);
            }
        } catch (RuntimeException | Error e) {
            h.close();
            throw e;
        }
        return h;
    }

    /** The n-th {@code hidden} columns of a tensor. */
    private Heads heads(Tensor tensor, int n) {
        return new Heads(tensor, n * hiddenSize(), heads(), hiddenSize() / heads());
    }

    @Override
    public void close() {
        weights.close();
        rotations.values().forEach(RopeTables::close);
    }
}
