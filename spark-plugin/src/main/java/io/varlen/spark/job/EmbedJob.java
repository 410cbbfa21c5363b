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
import io.varlen.spark.embedding.VectorForm;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.inference.DocumentIds;
import io.varlen.spark.inference.JobTrace;
import io.varlen.spark.inference.TokenBudget;
import io.varlen.spark.inference.TokenSource;
import io.varlen.tokenizer.SpecialTokens;
import io.varlen.tokenizer.TokenBuffer;
import java.nio.charset.StandardCharsets;
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
        this.job = new DocumentJob(session, "embed", options, progress);
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
        private final String prompt;
        private final ModelInput input;
        private final VectorForm form;

        Embedding(ModelFiles files, SpecialTokens special) {
            this.files = files;
            this.prompt = files.prompts().resolve(options.prompt(), options.promptName());
            this.source = job.documents(files, special, prompt);
            this.input = new ModelInput(special, ids(files, prompt), job.maxLength(files), options.longDocuments());
            this.form = new VectorForm(dimension(files), files.normalizes());
        }

        private static int[] ids(ModelFiles files, String prompt) {
            byte[] utf8 = prompt.getBytes(StandardCharsets.UTF_8);
            TokenBuffer ids = new TokenBuffer();
            Engine.get().tokenizer(files.tokenizer()).encode(utf8, 0, utf8.length, ids);
            return ids.toArray();
        }

        private int dimension(ModelFiles model) {
            if (options.dimensions() == null) {
                return model.dimension();
            }
            int all = model.config().hiddenSize();
            if (options.dimensions() > all) {
                throw new InvalidInputException("--dimensions is " + options.dimensions() + "; vectors of model "
                        + options.model().name() + " have " + all);
            }
            return options.dimensions();
        }

        @Override
        public TokenSource source() {
            return source;
        }

        @Override
        public Map<String, String> contentOptions() {
            Map<String, String> content = new TreeMap<>();
            content.put("max-length", String.valueOf(input.maxLength()));
            content.put("long", input.longDocuments().optionName());
            if (!prompt.isEmpty()) {
                content.put("prompt", prompt);
            }
            if (form.dimension() < files.config().hiddenSize()) {
                content.put("dimensions", String.valueOf(form.dimension()));
            }
            return content;
        }

        @Override
        public void open(Engine engine) {
            engine.encoder(options.model().withSha256(files.sha256()), job.compute());
        }

        @Override
        public UnitEmbedder in(Staging staging, JobTrace trace) {
            return new UnitEmbedder(
                    options.model().withSha256(files.sha256()),
                    job.compute(),
                    input,
                    form,
                    TokenBudget.of(VarlenConf.EMBED_TOKEN_BUDGET.get(session), VarlenConf.DEFAULT_EMBED_TOKEN_BUDGET),
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
            figures.put("dimension", form.dimension());
            figures.putAll(job.modelFigures(files));
            figures.put("max_length", input.maxLength());
            figures.put("long", input.longDocuments().optionName());
            figures.put("prompt", prompt);
            return figures;
        }

        private static EmbeddingCounts counts(Collection<CompleteUnit> units) {
            return units.stream()
                    .map(unit -> Outcome.ofJson(unit.details()).counts())
                    .reduce(EmbeddingCounts.NONE, EmbeddingCounts::plus);
        }
    }
}
