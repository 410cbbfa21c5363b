package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.model.ModelFiles;
import io.varlen.spark.dataset.OutputFolder.CompleteUnit;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.embedding.EmbeddingCounts;
import io.varlen.spark.embedding.UnitEmbedder;
import io.varlen.spark.embedding.UnitEmbedder.Outcome;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.inference.DocumentIds;
import io.varlen.spark.inference.JobTrace;
import io.varlen.spark.inference.TokenSource;
import io.varlen.tokenizer.SpecialTokens;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;

/** {@code embed}: text or a packed dataset → one embedding per document. */
public final class EmbedJob {
    private final SparkSession session;
    private final EmbedOptions options;
    private final DocumentJob job;

    public EmbedJob(SparkSession session, EmbedOptions options, JobProgress progress) {
        this.session = session;
        this.options = options;
        this.job = new DocumentJob(session, "embed", options.documents(), progress);
    }

    /**
     * Runs the job, or what an earlier run left to do of it.
     *
     * @throws InvalidInputException if input, model, options or output folder are not as they must be
     */
    public JobReport run() {
        return job.run(Embedding::new);
    }

    private final class Embedding implements DocumentWork<DocumentIds> {
        private final ModelFiles files;
        private final EmbedSetup setup;
        private final TokenSource source;

        Embedding(ModelFiles files, SpecialTokens special) {
            this.files = files;
            this.setup = EmbedSetup.of(session, options, files, special);
            this.source = job.documents(files, special, setup.prompt());
        }

        @Override
        public TokenSource source() {
            return source;
        }

        @Override
        public Map<String, String> contentOptions() {
            Map<String, String> content = new TreeMap<>();
            content.put("max-length", String.valueOf(setup.input().maxLength()));
            content.put("long", setup.input().longDocuments().optionName());
            if (!setup.prompt().isEmpty()) {
                content.put("prompt", setup.prompt());
            }
            if (setup.form().dimension() < files.config().hiddenSize()) {
                content.put("dimensions", String.valueOf(setup.form().dimension()));
            }
            return content;
        }

        @Override
        public void open(Engine engine) {
            engine.encoder(setup.model().reference(), setup.model().compute());
        }

        @Override
        public UnitEmbedder in(Staging staging, JobTrace trace) {
            return new UnitEmbedder(setup.model(), setup.input(), setup.form(), staging, trace);
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
            EmbeddingCounts counts = counts(units);
            LinkedHashMap<String, Object> figures = new LinkedHashMap<>();
            figures.put("documents", counts.documents());
            figures.put("quarantined_documents", source.quarantinedDocuments());
            figures.put("tokens", counts.tokens());
            figures.put("encoded_tokens", counts.encodedTokens());
            figures.put("truncated_documents", counts.truncatedDocuments());
            figures.put("truncated_tokens", counts.truncatedTokens());
            figures.put("dimension", setup.form().dimension());
            figures.putAll(job.modelFigures(files));
            figures.put("max_length", setup.input().maxLength());
            figures.put("long", setup.input().longDocuments().optionName());
            figures.put("prompt", setup.prompt());
            return figures;
        }

        private static EmbeddingCounts counts(Collection<CompleteUnit> units) {
            return units.stream()
                    .map(unit -> Outcome.ofJson(unit.details()).counts())
                    .reduce(EmbeddingCounts.NONE, EmbeddingCounts::plus);
        }
    }
}
