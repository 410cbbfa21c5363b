package io.varlen.jobs.bench;

import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
import io.varlen.spark.job.JobProgress;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The first half of {@code varlen bench attention} without Spark: a decoder of SmolLM2-135M's shape with weights from a seed, the same
 * documents in five layouts. {@code LayoutPart OUTPUT DTYPE BACKEND LAYERS TOKENS}. The other half has its opponent in Java, which says nothing
 * beside a GPU.
 */
final class LayoutPart {
    private static final int ROUNDS = 3;

    private LayoutPart() {}

    public static void main(String[] arguments) throws Exception {
        Dtype dtype = Dtype.valueOf(arguments[1].toUpperCase(Locale.ROOT));
        DecoderShape shape = DecoderShape.smolLm2(Integer.parseInt(arguments[3]));
        BenchmarkDocuments documents = BenchmarkDocuments.logNormal(
                BenchmarkDocuments.MEDIAN, Long.parseLong(arguments[4]), AttentionBenchmarkOptions.SEQ_LEN, shape.vocabulary(), 1);
        try (PrintStream out = new PrintStream(arguments[0], StandardCharsets.UTF_8);
                Backend backend = Backends.open(arguments[2], 1, dtype);
                RandomDecoder decoder = new RandomDecoder(shape, documents.seqLen(), 1, backend)) {
            LayoutExperiment experiment = new LayoutExperiment(decoder, backend, documents, ROUNDS, 1, JobProgress.NONE);
            for (LayoutExperiment.Result result : experiment.run()) {
                out.printf(
                        Locale.ROOT,
                        "{\"layout\": \"%s\", \"tokens_per_second\": %.1f, \"padding_share\": %.4f, \"peak_mb\": %.1f, \"difference\": %.2e}%n",
                        result.layout().title(),
                        result.tokensPerSecond(),
                        result.paddingShare(),
                        result.peakBytes() / 1e6,
                        result.difference());
                out.flush();
            }
        }
    }
}
