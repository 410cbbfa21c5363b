package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.model.ModelFiles;
import io.varlen.spark.VarlenConf;
import io.varlen.spark.dataset.OutputFolder.CompleteUnit;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.embedding.EmbeddingCounts;
import io.varlen.spark.embedding.ModelInput;
import io.varlen.spark.embedding.UnitEmbedder;
import io.varlen.spark.embedding.UnitEmbedder.Outcome;
import io.varlen.spark.inference.DocumentIds;
import io.varlen.spark.inference.JobTrace;
import io.varlen.spark.inference.TokenSource;
import io.varlen.tokenizer.SpecialTokens;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.sql.SparkSession;

/** {@code embed}: text or a packed dataset → one embedding per document. */
public final class EmbedJob {
    private final SparkSession session;
    private final EmbedOptions options;
    private final DocumentJob job;

    public EmbedJob(SparkSession session, EmbedOptions options, JobProgress progress) {
        this.session = session;
        this.options = options;
        var request = new DocumentJob.Request(
                options.input(),
                options.model(),
                options.output(),
                options.backend(),
                options.badRecords(),
                options.overwrite(),
                options.trace());
        this.job = new DocumentJob(session, "embed", request, progress);
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
        private final TokenSource source;
        private final ModelInput input;

        Embedding(ModelFiles files, SpecialTokens special) {
            this.files = files;
            this.source = job.documents(files, special);
            this.input = new ModelInput(special, job.maxLength(options.maxLength(), files), options.longDocuments());
        }

        @Override
        public TokenSource source() {
            return source;
        }

        @Override
        public Map<String, String> contentOptions() {
            Map<String, String> content = new TreeMap<>();
            content.put("model", files.sha256());
            content.put("tokenizer", files.tokenizer().sha256());
            content.put("max-length", String.valueOf(input.maxLength()));
            content.put("long", input.longDocuments().optionName());
            return content;
        }

        @Override
        public UnitEmbedder in(Staging staging, JobTrace trace) {
            return new UnitEmbedder(
                    options.model().withSha256(files.sha256()),
                    job.backend(),
                    input,
                    files.normalizes(),
                    VarlenConf.EMBED_TOKEN_BUDGET.get(session).orElse(VarlenConf.DEFAULT_EMBED_TOKEN_BUDGET),
                    staging,
                    trace);
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
        public LinkedHashMap<String, Object> figures(
                Collection<CompleteUnit> before, Collection<CompleteUnit> units, double seconds) {
            EmbeddingCounts counts = counts(units);
            TreeSet<String> backends = new TreeSet<>();
            units.forEach(unit -> backends.add(Outcome.ofJson(unit.details()).backend()));
            LinkedHashMap<String, Object> figures = new LinkedHashMap<>();
            figures.put("documents", counts.documents());
            figures.put("quarantined_documents", source.quarantinedDocuments());
            figures.put("tokens", counts.tokens());
            figures.put("encoded_tokens", counts.encodedTokens());
            figures.put("truncated_documents", counts.truncatedDocuments());
            figures.put("truncated_tokens", counts.truncatedTokens());
            figures.put("dimension", files.config().hiddenSize());
            figures.put("model", options.model().name());
            figures.put("model_sha256", files.sha256());
            figures.put("max_length", input.maxLength());
            figures.put("long", input.longDocuments().optionName());
            figures.put("backend", String.join(", ", backends));
            figures.put("seconds", seconds);
            figures.put(
                    "tokens_per_second",
                    (counts.encodedTokens() - counts(before).encodedTokens()) / seconds);
            return figures;
        }

        private static EmbeddingCounts counts(Collection<CompleteUnit> units) {
            return units.stream()
                    .map(unit -> Outcome.ofJson(unit.details()).counts())
                    .reduce(EmbeddingCounts.NONE, EmbeddingCounts::plus);
        }
    }
}
