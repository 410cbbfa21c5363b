package io.varlen.model;

import io.varlen.attention.Activation;
import io.varlen.attention.Rope;
import io.varlen.mask.Mask;
import java.util.List;
import java.util.Map;

/**
 * The shape of a decoder of the Llama family: Llama, Mistral, Qwen2, Qwen3 and Llama 4's text part without experts.
 *
 * @param heads query heads per layer
 * @param keyHeads key and value heads per layer; divides {@code heads}
 * @param headDim elements per head; even
 * @param activation of the gate of the feed-forward part
 * @param normEpsilon what is added to the mean square in normalisation
 * @param headNorm whether each query and key head is normalised by itself
 * @param temperature how queries grow with their position in the layers without rotation; null if they do not
 * @param layerKinds one per layer
 * @param masks by the names that {@code layerKinds} use
 * @param tied whether the head that predicts tokens has the weights of the token embeddings
 * @param feedForwardName what the weights' names call the feed-forward part
 */
record DecoderConfig(
        String modelType,
        int vocabularySize,
        int hiddenSize,
        int heads,
        int keyHeads,
        int headDim,
        int intermediateSize,
        Activation activation,
        float normEpsilon,
        int maxPositions,
        Biases biases,
        HeadNorm headNorm,
        RopeConfig rope,
        Rope.Pairing pairing,
        Temperature temperature,
        List<Layer> layerKinds,
        Map<String, Mask> masks,
        boolean tied,
        String feedForwardName)
        implements ModelConfig {

    /** Which linear layers add a bias. */
    record Biases(boolean queryKeyValue, boolean attentionOutput, boolean feedForward) {}

    /** How query and key heads are normalised by their root mean square, before they are rotated. */
    enum HeadNorm {
        NONE,
        /** In all layers, with weights. */
        WEIGHTED,
        /** In layers that rotate, without weights; so it would be the same behind rotation, where transformers has it. */
        PLAIN
    }

    /**
     * Llama 4's: at position {@code p} queries are multiplied by {@code 1 + scale · log(1 + ⌊(p + 1) / floor⌋)} (after Nakanishi
     * 2025, arXiv:2501.19399).
     */
    record Temperature(int floor, float scale) {
        float at(int position) {
            float floors = (float) Math.floor((position + 1f) / floor);
            return (float) Math.log1p(floors) * scale + 1;
        }
    }

    /**
     * @param mask its name
     * @param rotates whether queries and keys are turned by their position
     */
    record Layer(String mask, boolean rotates) {}

    @Override
    public int layers() {
        return layerKinds.size();
    }

    /** Per token: normalised states, their sum, queries, keys, values, what attention makes of them, and the residual stream in fp32. */
    @Override
    public Footprint footprint() {
        long h = hiddenSize;
        long queries = (long) heads * headDim;
        long all = queries + 2L * keyHeads * headDim;
        return new Footprint(
                layers() * (h * (all + queries) + 3 * h * intermediateSize),
                vocabularySize * h,
                2 * h + queries + all,
                h);
    }
}
