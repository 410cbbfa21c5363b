package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.attention.AttentionStatistic;
import io.varlen.model.ModelFiles;
import io.varlen.spark.VarlenConf;
import io.varlen.spark.dataset.OutputFolder;
import io.varlen.spark.dataset.OutputFolder.CompleteUnit;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.engine.TaskModel;
import io.varlen.spark.engine.TokenBudget;
import io.varlen.spark.inference.JobTrace;
import io.varlen.spark.statistics.HeadCharts;
import io.varlen.spark.statistics.HeadSums;
import io.varlen.spark.statistics.HeadTable;
import io.varlen.spark.statistics.RowSource;
import io.varlen.spark.statistics.TokenRow;
import io.varlen.spark.statistics.UnitListener;
import io.varlen.tokenizer.SpecialTokens;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;

/** {@code attend}: packed rows, or text → how each head of a model spreads its attention. */
public final class AttendJob {
    private final SparkSession session;
    private final AttendOptions options;
    private final HeadCharts charts;
    private final JobProgress progress;
    private final DocumentJob job;

    /** @param charts draws the table, which is then in the output too */
    public AttendJob(SparkSession session, AttendOptions options, HeadCharts charts, JobProgress progress) {
        this.session = session;
        this.options = options;
        this.charts = charts;
        this.progress = progress;
        this.job = new DocumentJob(session, "attend", options.documents(), progress);
    }

    /**
     * Runs the job, or what an earlier run left to do of it.
     *
     * @throws InvalidInputException if input, model, options or output folder are not as they must be
     */
    public JobReport run() {
        return job.run(Attending::new);
    }

    private final class Attending implements DocumentWork<TokenRow> {
        private final ModelFiles files;
        private final TaskModel model;
        private final RowSource source;
        /** Null where rows are as they were packed. */
        private final Integer maxLength;

        Attending(ModelFiles files, SpecialTokens special) {
            this.files = files;
            this.model = DocumentJob.taskModel(
                    session,
                    options.documents(),
                    files,
                    TokenBudget.ofAttend(VarlenConf.ATTEND_TOKEN_BUDGET.get(session)));
            Optional<String> dataset = job.packedDataset();
            this.maxLength = dataset.isPresent() ? null : Integer.valueOf(job.maxLength(files));
            this.source = dataset.isPresent()
                    ? rows(dataset.get())
                    : RowSource.texts(job.texts(files, ""), options.limitTokens(), special, maxLength);
        }

        private RowSource rows(String dataset) {
            if (options.documents().maxLength() != null) {
                throw new InvalidInputException("--max-length is for text; the rows of " + dataset
                        + " are looked at as they were packed, so leave it out");
            }
            return RowSource.packed(
                    session,
                    dataset,
                    options.limitTokens(),
                    options.documents().model().name(),
                    files.tokenizer().sha256());
        }

        @Override
        public RowSource source() {
            return source;
        }

        @Override
        public Map<String, String> contentOptions() {
            Map<String, String> content = new TreeMap<>();
            content.put("max-length", maxLength == null ? "" : String.valueOf(maxLength));
            content.put("window", String.valueOf(options.window()));
            content.put("limit-tokens", String.valueOf(options.limitTokens()));
            return content;
        }

        @Override
        public void open(Engine engine) {
            engine.transformer(model.reference(), model.compute());
        }

        @Override
        public UnitListener in(Staging staging, JobTrace trace) {
            return new UnitListener(model, options.window(), source.hasBorders(), staging, trace);
        }

        @Override
        public long documents(Collection<CompleteUnit> units) {
            return sums(units).rows();
        }

        @Override
        public long tokens(Collection<CompleteUnit> units) {
            return sums(units).queries();
        }

        @Override
        public Map<String, byte[]> conclude(OutputFolder output, Collection<CompleteUnit> units) throws IOException {
            HeadTable table = table(units);
            try (Staging.Unit last = output.staging().begin(source.units().count())) {
                table.write(last.parquet());
                last.complete(table.rows(), "{}");
            }
            if (!source.hasBorders()) {
                progress.note("leakage is null: each text is a row by itself, so there are no borders in it that"
                        + " attention could cross; attend to a packed dataset for it");
            }
            return charts.draw(table, progress::note);
        }

        @Override
        public SortedSet<String> backends(Collection<CompleteUnit> units) {
            return sums(units).backends();
        }

        @Override
        public long encodedTokens(Collection<CompleteUnit> units) {
            return units.isEmpty() ? 0 : sums(units).queries();
        }

        @Override
        public LinkedHashMap<String, Object> figures(Collection<CompleteUnit> units) {
            HeadTable table = table(units);
            HeadSums sums = table.sums();
            LinkedHashMap<String, Object> figures = new LinkedHashMap<>();
            figures.put("rows", source.population());
            figures.put("sampled_rows", sums.rows());
            figures.put("quarantined_documents", source.quarantinedDocuments());
            figures.put("sequences", sums.documents());
            figures.put("queries", sums.queries());
            figures.put("layers", sums.layers());
            figures.put("heads", sums.heads());
            for (AttentionStatistic statistic : AttentionStatistic.values()) {
                figures.put(HeadTable.column(statistic), table.mean(statistic));
            }
            figures.put("window", options.window());
            figures.put("limit_tokens", options.limitTokens());
            figures.put("max_length", maxLength);
            figures.putAll(job.modelFigures(files));
            return figures;
        }

        private HeadTable table(Collection<CompleteUnit> units) {
            return new HeadTable(sums(units), source.hasBorders());
        }

        private static HeadSums sums(Collection<CompleteUnit> units) {
            return units.stream()
                    .map(unit -> HeadSums.ofJson(unit.details()))
                    .reduce(HeadSums::plus)
                    .orElseThrow();
        }
    }
}
