package io.varlen.model;

import io.varlen.attention.Attention;
import io.varlen.attention.AttentionListener;
import io.varlen.attention.Backend;
import io.varlen.attention.Heads;
import io.varlen.attention.Rope;
import io.varlen.attention.Tensor;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.util.Map;

/**
 * A decoder of the Llama family (Touvron et al. 2023, arXiv:2302.13971): layers of attention and gated feed-forward, each with
 * a normalisation before it and a residual connection around it. Positions enter by rotating queries and keys.
 */
final class DecoderModel extends ConfiguredTransformer<DecoderConfig> {
    private final DecoderWeights weights;
    private final RopeTables rotation;
    private final RopeTables temperature;
    private final Backend backend;

    /** @param weights laid out for the backend; closed with the model */
    DecoderModel(DecoderConfig config, DecoderWeights weights, Backend backend) {
        super(config);
        this.weights = weights;
        this.backend = backend;
        this.rotation = RopeTables.rotating(backend, config.rope().frequencies(config.headDim()), config.pairing());
        this.temperature = config.temperature() == null
                ? null
                : RopeTables.growing(backend, config.headDim(), config.temperature()::at);
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
                Tensor qkv = backend.activations(tokens, (heads() + 2 * config.keyHeads()) * config.headDim());
                Tensor attended = backend.activations(tokens, heads() * config.headDim())) {
            Heads q = new Heads(qkv, 0, heads(), config.headDim());
            Heads k = new Heads(qkv, heads() * config.headDim(), config.keyHeads(), config.headDim());
            Heads v = new Heads(qkv, k.offset() + k.count() * k.dim(), config.keyHeads(), config.headDim());
            backend.gatherNorm(
                    weights.tokens(), batch.inputIds(), weights.layers().get(0).attentionNorm(), x, h);
            for (int i = 0; i < layers(); i++) {
                DecoderWeights.Layer layer = weights.layers().get(i);
                String mask = config.layerKinds().get(i).mask();
                backend.linear(h, layer.queryKeyValue(), qkv);
                place(q, k, i, positions, sequences.maxLength());
                var attention = new Attention(q, k, v, masks.get(mask), Heads.of(attended, heads()));
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

    /** Normalises queries and keys and gives them their positions. */
    private void place(Heads q, Heads k, int layer, int[] positions, int maxLength) {
        DecoderWeights.Layer parameters = weights.layers().get(layer);
        if (parameters.queryNorm() != null) {
            backend.norm(q, parameters.queryNorm());
            backend.norm(k, parameters.keyNorm());
        }
        if (config.layerKinds().get(layer).rotates()) {
            Rope rope = rotation.upTo(maxLength);
            backend.rotate(q, rope, positions);
            backend.rotate(k, rope, positions);
        } else if (temperature != null) {
            backend.rotate(q, temperature.upTo(maxLength), positions);
        }
    }

    @Override
    public void close() {
        weights.close();
        rotation.close();
        if (temperature != null) {
            temperature.close();
        }
    }
}
