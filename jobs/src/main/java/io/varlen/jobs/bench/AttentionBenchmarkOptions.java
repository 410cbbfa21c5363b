package io.varlen.jobs.bench;

import io.varlen.attention.Dtype;
import java.util.List;

/**
 * What {@code bench attention} measures.
 *
 * @param layers of the decoder that tokens go through in each layout
 * @param lengths of documents to lay out, from a packed dataset; null for log-normal ones
 * @param tokens that these documents have in all, at least
 * @param seqLen the length of packed rows
 * @param backend what computes
 * @param dtype in what its linear layers multiply
 * @param threads of each backend call
 * @param rounds how often each measurement is repeated
 * @param seed of weights, lengths and token ids
 * @param quick whether attention goes over short sequences only, so that its figures say nothing
 */
public record AttentionBenchmarkOptions(
        int layers,
        List<Integer> lengths,
        long tokens,
        int seqLen,
        String backend,
        Dtype dtype,
        int threads,
        int rounds,
        long seed,
        boolean quick) {
    /** SmolLM2-135M's. */
    public static final int LAYERS = 30;

    public static final long TOKENS = 16_384;
    public static final int SEQ_LEN = 2048;
    public static final int ROUNDS = 3;

    public static final int QUICK_LAYERS = 2;
    public static final long QUICK_TOKENS = 2_000;
    public static final int QUICK_SEQ_LEN = 256;

    /** The median of documents of our own: web text's, or less where rows are short. */
    double medianLength() {
        return Math.min(BenchmarkDocuments.MEDIAN, seqLen / 4.0);
    }

    /** How long documents are, in words. */
    String lengthsInWords() {
        return lengths != null
                ? "lengths of a packed dataset"
                : "log-normal lengths with median " + Math.round(medianLength()) + " and sigma "
                        + BenchmarkDocuments.SIGMA + ", at most " + seqLen;
    }
}
