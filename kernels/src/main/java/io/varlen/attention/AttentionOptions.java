package io.varlen.attention;

/**
 * What happens to the scores of an attention call between the product of query and key and the softmax, in this order:
 * {@code s = scale · (q · k)}; {@code s = softcap · tanh(s / softcap)}; {@code s += bias}; the mask; a sink in the denominator.
 *
 * @param scale what scores are multiplied with
 * @param softcap the bound that scores approach (Gemma 2), or 0 for none
 * @param bias additive: {@code [T, keys]} for all heads or {@code [Hq · T, keys]} with head {@code h} of query {@code t} in
 *     row {@code h · T + t}, where column {@code j} is the {@code j}-th key of the query's own sequence; columns behind its
 *     last key are not looked at; or null
 * @param sinks {@code [1, Hq]}: per head a score that takes part in the softmax without a value (gpt-oss); or null
 */
public record AttentionOptions(float scale, float softcap, Tensor bias, Tensor sinks) {
    public AttentionOptions {
        if (!(softcap >= 0) || softcap == Float.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("a soft cap of " + softcap + "; it must be positive, or 0 for none");
        }
    }

    /** Scores times {@code scale}, nothing else. */
    public static AttentionOptions scaled(float scale) {
        return new AttentionOptions(scale, 0, null, null);
    }

    /** {@code 1/√D}, nothing else. */
    public static AttentionOptions forHeadDim(int headDim) {
        return scaled((float) (1 / Math.sqrt(headDim)));
    }

    public AttentionOptions withSoftcap(float value) {
        return new AttentionOptions(scale, value, bias, sinks);
    }

    public AttentionOptions withBias(Tensor value) {
        return new AttentionOptions(scale, softcap, value, sinks);
    }

    public AttentionOptions withSinks(Tensor value) {
        return new AttentionOptions(scale, softcap, bias, value);
    }
}
