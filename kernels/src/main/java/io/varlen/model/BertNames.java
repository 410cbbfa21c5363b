package io.varlen.model;

import java.util.List;

/**
 * What transformers calls the parameters of a BERT.
 *
 * @param prefixes what may stand before each name
 * @param layer what stands before a layer's number
 * @param queryKeyValue the three projections of a layer
 */
record BertNames(
        List<String> prefixes,
        String layer,
        List<String> queryKeyValue,
        String attentionOutput,
        String attentionNorm,
        String up,
        String down,
        String outputNorm) {
    static final BertNames BERT = new BertNames(
            List.of("", "bert.", "roberta."),
            "encoder.layer.",
            List.of("attention.self.query", "attention.self.key", "attention.self.value"),
            "attention.output.dense",
            "attention.output.LayerNorm",
            "intermediate.dense",
            "output.dense",
            "output.LayerNorm");

    static final BertNames DISTILBERT = new BertNames(
            List.of("", "distilbert."),
            "transformer.layer.",
            List.of("attention.q_lin", "attention.k_lin", "attention.v_lin"),
            "attention.out_lin",
            "sa_layer_norm",
            "ffn.lin1",
            "ffn.lin2",
            "output_layer_norm");

    static BertNames of(BertConfig config) {
        return config.modelType().equals(BertConfig.DISTILBERT) ? DISTILBERT : BERT;
    }
}
