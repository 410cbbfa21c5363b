package io.varlen.jobs.bench;

import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.spark.job.JobProgress;
import java.util.List;

/**
 * {@code bench attention}: where padding goes in a forward pass and what it costs, and what materialised scores cost. Both
 * experiments are others' on training, reproduced on the forward pass.
 */
public final class AttentionBenchmark {
    private static final TilingExperiment.Setting SMOKE =
            new TilingExperiment.Setting(List.of(128, 256), 4, 16, 2, 2, 256);

    private final AttentionBenchmarkOptions options;
    private final JobProgress progress;

    public AttentionBenchmark(AttentionBenchmarkOptions options, JobProgress progress) {
        this.options = options;
        this.progress = progress;
    }

    /** Measures both. */
    public AttentionFigures run() {
        try (Backend backend = Backends.open(options.backend(), options.threads(), options.dtype())) {
            return new AttentionFigures(
                    options, backend.name() + ": " + backend.description(), layouts(backend), tiling(backend));
        }
    }

    private AttentionFigures.Layouts layouts(Backend backend) {
        DecoderShape shape = DecoderShape.smolLm2(options.layers());
        BenchmarkDocuments documents = options.lengths() == null
                ? BenchmarkDocuments.logNormal(
                        options.medianLength(), options.tokens(), options.seqLen(), shape.vocabulary(), options.seed())
                : BenchmarkDocuments.ofLengths(options.lengths(), options.seqLen(), shape.vocabulary(), options.seed());
        try (RandomDecoder decoder = new RandomDecoder(shape, documents.seqLen(), options.seed(), backend)) {
            LayoutExperiment experiment =
                    new LayoutExperiment(decoder, backend, documents, options.rounds(), options.seed(), progress);
            String memory = backend.comparison().isPresent() ? "device memory" : "tensors";
            return new AttentionFigures.Layouts(shape, documents, experiment.packedRows(), memory, experiment.run());
        }
    }

    private AttentionFigures.Tiling tiling(Backend backend) {
        TilingExperiment.Setting setting = options.quick() ? SMOKE : TilingExperiment.Setting.ofRecord();
        TilingExperiment experiment = new TilingExperiment(
                setting,
                () -> Backends.open(backend.name(), options.threads(), options.dtype()),
                options.threads(),
                options.rounds(),
                options.seed(),
                progress);
        return new AttentionFigures.Tiling(setting, TilingOpponent.inWords(backend), experiment.run());
    }
}
