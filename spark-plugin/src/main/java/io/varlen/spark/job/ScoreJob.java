package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.model.ModelFiles;
import io.varlen.spark.dataset.OutputFolder.CompleteUnit;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.inference.DocumentIds;
import io.varlen.spark.inference.JobTrace;
import io.varlen.spark.inference.TokenSource;
import io.varlen.spark.scoring.ScoreCounts;
import io.varlen.spark.scoring.UnitScorer;
import io.varlen.spark.scoring.UnitScorer.Outcome;
import io.varlen.tokenizer.SpecialTokens;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;

/** {@code score}: text or a packed dataset → how likely a language model finds each document. */
public final class ScoreJob {
    private final SparkSession session;
    private final ScoreOptions options;
    private final DocumentJob job;

    public ScoreJob(SparkSession session, ScoreOptions options, JobProgress progress) {
        this.session = session;
        this.options = options;
        this.job = new DocumentJob(session, "score", options.documents(), progress);
    }

    /**
     * Runs the job, or what an earlier run left to do of it.
     *
     * @throws InvalidInputException if input, model, options or output folder are not as they must be
     */
    public JobReport run() {
        return job.run(Scoring::new);
    }

    private final class Scoring implements DocumentWork<DocumentIds> {
        private final ModelFiles files;
        private final ScoreSetup setup;
        private final TokenSource source;

        Scoring(ModelFiles files, SpecialTokens special) {
            this.files = files;
            this.setup = ScoreSetup.of(session, options, files, special);
            this.source = job.documents(files, special);
        }

        @Override
        public TokenSource source() {
            return source;
        }

        @Override
        public Map<String, String> contentOptions() {
            Map<String, String> content = new TreeMap<>();
            content.put("max-length", String.valueOf(setup.windows().maxLength()));
            content.put("stride", String.valueOf(setup.windows().stride()));
            return content;
        }

        @Override
        public void open(Engine engine) {
            engine.causalLm(setup.model().reference(), setup.model().compute());
        }

        @Override
        public UnitScorer in(Staging staging, JobTrace trace) {
            return new UnitScorer(setup.model(), setup.special(), setup.windows(), staging, trace);
        }

        @Override
        public long documents(Collection<CompleteUnit> units) {
            return counts(units).documents();
        }

        @Override
        public long tokens(Collection<CompleteUnit> units) {
            return counts(units).tokens();
        }

        @Override
        public SortedSet<String> backends(Collection<CompleteUnit> units) {
            return units.stream()
                    .map(unit -> Outcome.ofJson(unit.details()).backend())
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        @Override
        public long encodedTokens(Collection<CompleteUnit> units) {
            return counts(units).encodedTokens();
        }

        @Override
        public LinkedHashMap<String, Object> figures(Collection<CompleteUnit> units) {
            ScoreCounts counts = counts(units);
            LinkedHashMap<String, Object> figures = new LinkedHashMap<>();
            figures.put("documents", counts.documents());
            figures.put("quarantined_documents", source.quarantinedDocuments());
            figures.put("tokens", counts.tokens());
            figures.put("scored_tokens", counts.scoredTokens());
            figures.put("encoded_tokens", counts.encodedTokens());
            figures.put("nll", counts.nll());
            figures.put("perplexity", counts.perplexity());
            figures.putAll(job.modelFigures(files));
            figures.put("max_length", setup.windows().maxLength());
            figures.put("stride", setup.windows().stride());
            return figures;
        }

        /** In the order of the units, so that sums of doubles are the same each time. */
        private static ScoreCounts counts(Collection<CompleteUnit> units) {
            return units.stream()
                    .map(unit -> Outcome.ofJson(unit.details()).counts())
                    .reduce(ScoreCounts.NONE, ScoreCounts::plus);
        }
    }
}
