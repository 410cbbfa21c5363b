package io.varlen.model;

import io.varlen.attention.Activation;
import io.varlen.mask.Mask;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The shape of a ModernBERT.
 *
 * @param intermediateSize elements between the two linear layers of the feed-forward part, of which the first gives twice as many
 * @param layerMasks the name of each layer's mask
 * @param masks by name
 * @param ropes by the name of the mask
 */
record ModernBertConfig(
        int vocabularySize,
        int hiddenSize,
        int heads,
        int intermediateSize,
        Activation activation,
        float normEpsilon,
        boolean normBias,
        boolean attentionBias,
        boolean feedForwardBias,
        int maxPositions,
        List<String> layerMasks,
        Map<String, Mask> masks,
        Map<String, RopeConfig> ropes)
        implements ModelConfig {

    private static final String GLOBAL = "global";
    private static final String LOCAL = "local";
    private static final String FULL = "full_attention";
    private static final String SLIDING = "sliding_attention";
    private static final double GLOBAL_THETA = 160_000;
    private static final double LOCAL_THETA = 10_000;

    /** Per token: as BERT's, and the residual stream in fp32. */
    @Override
    public Footprint footprint() {
        long h = hiddenSize;
        return new Footprint(layers() * (4 * h * h + 3 * h * intermediateSize), vocabularySize * h, 6 * h, h);
    }

    static ModernBertConfig read(JsonFile file) {
        int hidden = ConfigFields.hiddenSize(file, "hidden_size");
        int heads = ConfigFields.heads(file, "num_attention_heads");
        ConfigFields.requireMultiple(file, "hidden_size", hidden, "num_attention_heads", heads);
        ConfigFields.requireEvenHeads(file, hidden / heads);
        List<String> layerMasks = layerMasks(file);
        int positions = ConfigFields.positions(file);
        Map<String, Mask> masks = new TreeMap<>();
        Map<String, RopeConfig> ropes = new TreeMap<>();
        if (layerMasks.contains(GLOBAL)) {
            masks.put(GLOBAL, Mask.full());
            ropes.put(GLOBAL, RopeConfig.read(file, FULL, "global_rope_theta", GLOBAL_THETA, positions));
        }
        if (layerMasks.contains(LOCAL)) {
            int side = file.integer("local_attention", 0, Integer.MAX_VALUE, 128) / 2;
            masks.put(LOCAL, Mask.slidingWindow(side, side));
            ropes.put(LOCAL, RopeConfig.read(file, SLIDING, "local_rope_theta", LOCAL_THETA, positions));
        }
        return new ModernBertConfig(
                ConfigFields.vocabularySize(file),
                hidden,
                heads,
                ConfigFields.intermediateSize(file, "intermediate_size"),
                ConfigFields.activation(file, "hidden_activation", Activation.GELU),
                (float) file.number("norm_eps", 0, 1, 1e-5),
                file.flag("norm_bias"),
                file.flag("attention_bias"),
                file.flag("mlp_bias"),
                positions,
                layerMasks,
                masks,
                ropes);
    }

    private static List<String> layerMasks(JsonFile file) {
        int layers = ConfigFields.layers(file, "num_hidden_layers");
        List<String> types = ConfigFields.layerTypes(file, layers, List.of(FULL, SLIDING));
        int interval = file.integer("global_attn_every_n_layers", 1, Integer.MAX_VALUE, 3);
        return IntStream.range(0, layers)
                .mapToObj(i -> types == null ? i % interval == 0 : types.get(i).equals(FULL))
                .map(global -> global ? GLOBAL : LOCAL)
                .toList();
    }

    @Override
    public String modelType() {
        return "modernbert";
    }

    @Override
    public int layers() {
        return layerMasks.size();
    }
}
