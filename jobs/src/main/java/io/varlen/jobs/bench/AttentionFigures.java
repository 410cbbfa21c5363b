package io.varlen.jobs.bench;

import io.varlen.jobs.bench.TilingExperiment.Cost;
import io.varlen.spark.job.JobReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What {@code bench attention} measured: as a report, and as text with the conditions of the measurement. */
public final class AttentionFigures {
    /** Bytes per MB in tables and charts. */
    static final double MB = 1e6;

    /**
     * The same tokens in each layout.
     *
     * @param memory whose peak is told
     */
    record Layouts(
            DecoderShape shape,
            BenchmarkDocuments documents,
            int rows,
            String memory,
            List<LayoutExperiment.Result> results) {
        double efficiency() {
            return documents.tokens() / ((double) rows * documents.seqLen());
        }
    }

    /** Materialised scores, computed as the opponent says, beside tiles. */
    record Tiling(TilingExperiment.Setting setting, String opponent, List<TilingExperiment.Result> results) {}

    private final AttentionBenchmarkOptions options;
    private final String backend;
    private final Layouts layouts;
    private final Tiling tiling;

    AttentionFigures(AttentionBenchmarkOptions options, String backend, Layouts layouts, Tiling tiling) {
        this.options = options;
        this.backend = backend;
        this.layouts = layouts;
        this.tiling = tiling;
    }

    Layouts layouts() {
        return layouts;
    }

    Tiling tiling() {
        return tiling;
    }

    /** What the machine and the run were, on one line. */
    String conditions() {
        return "forward pass only; " + options.threads() + (options.threads() == 1 ? " thread" : " threads") + " of "
                + Runtime.getRuntime().availableProcessors() + " cores, Java "
                + Runtime.version().feature()
                + ", median of " + options.rounds()
                + (options.quick() ? "; a smoke test, whose figures say nothing" : "");
    }

    public JobReport report() {
        LinkedHashMap<String, Object> figures = new LinkedHashMap<>();
        figures.put("benchmark", "attention");
        figures.put("pass", "forward");
        figures.put("quick", options.quick());
        figures.put("backend", backend);
        figures.put("dtype", options.dtype().optionName());
        figures.put("threads", options.threads());
        figures.put("cores", Runtime.getRuntime().availableProcessors());
        figures.put("java", Runtime.version().toString());
        figures.put("seed", options.seed());
        figures.put("rounds", options.rounds());
        figures.put("layouts", layoutFigures());
        figures.put("tiling", tilingFigures());
        return new JobReport("bench", false, figures);
    }

    private Map<String, Object> layoutFigures() {
        DecoderShape shape = layouts.shape();
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("hidden_size", shape.hidden());
        figures.put("query_heads", shape.heads());
        figures.put("key_heads", shape.keyHeads());
        figures.put("head_size", shape.headDim());
        figures.put("intermediate_size", shape.inner());
        figures.put("layers", shape.layers());
        figures.put("lengths", options.lengthsInWords());
        figures.put("documents", layouts.documents().count());
        figures.put("tokens", layouts.documents().tokens());
        figures.put("documents_per_batch", LayoutExperiment.BATCH_DOCUMENTS);
        figures.put("seq_len", layouts.documents().seqLen());
        figures.put("rows", layouts.rows());
        figures.put("efficiency", layouts.efficiency());
        figures.put("memory", layouts.memory());
        List<Map<String, Object>> results = new ArrayList<>();
        for (LayoutExperiment.Result result : layouts.results()) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("layout", result.layout().title());
            row.put("seconds", result.seconds());
            row.put("tokens_per_second", Math.round(result.tokensPerSecond()));
            row.put("padding", result.paddingShare());
            row.put("pairs", result.pairs());
            row.put("peak_bytes", result.peakBytes());
            row.put("difference", result.difference());
            results.add(row);
        }
        figures.put("results", results);
        return figures;
    }

    private Map<String, Object> tilingFigures() {
        TilingExperiment.Setting setting = tiling.setting();
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("heads", setting.heads());
        figures.put("head_size", setting.headDim());
        figures.put("model_size", setting.heads() * setting.headDim());
        figures.put("layers", setting.layers());
        figures.put("standard", tiling.opponent());
        List<Map<String, Object>> results = new ArrayList<>();
        for (TilingExperiment.Result result : tiling.results()) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("length", result.length());
            row.put("batch", result.batch());
            put(row, "standard", result.standard());
            put(row, "tiled", result.tiled());
            results.add(row);
        }
        figures.put("results", results);
        return figures;
    }

    private static void put(Map<String, Object> row, String way, Cost cost) {
        if (cost.reason() != null) {
            row.put(way + "_reason", cost.reason());
        } else {
            row.put(way + "_seconds", cost.seconds());
            row.put(way + "_bytes", cost.bytes());
        }
    }

    /** Markdown: what was done, and the tables. */
    public String text() {
        DecoderShape shape = layouts.shape();
        TilingExperiment.Setting setting = tiling.setting();
        return "Backend " + backend + "; " + conditions() + ".\n\n"
                + String.format(
                        Locale.ROOT,
                        "Layouts: a decoder with hidden size %d, %d query heads, %d key heads, head size %d, %d layers, random"
                                + " weights. %,d documents of %,d tokens (%s), %d per batch; packed into %,d rows of %,d tokens,"
                                + " %.2f %% full. Hidden states of the tokens %s.%n%n",
                        shape.hidden(),
                        shape.heads(),
                        shape.keyHeads(),
                        shape.headDim(),
                        shape.layers(),
                        layouts.documents().count(),
                        layouts.documents().tokens(),
                        options.lengthsInWords(),
                        LayoutExperiment.BATCH_DOCUMENTS,
                        layouts.rows(),
                        layouts.documents().seqLen(),
                        100 * layouts.efficiency(),
                        differenceInWords())
                + layoutTable().markdown()
                + String.format(
                        Locale.ROOT,
                        "%nTiling: full attention, %d heads of %d, %d layers. Standard attention keeps the scores of all sequences"
                                + " and heads, %s; tiled is the backend's. Memory is what"
                                + " one layer's call takes beside its inputs and its output.%n%n",
                        setting.heads(),
                        setting.headDim(),
                        setting.layers(),
                        tiling.opponent())
                + tilingTable().markdown();
    }

    private String differenceInWords() {
        double most = layouts.results().stream()
                .mapToDouble(LayoutExperiment.Result::difference)
                .max()
                .orElseThrow();
        return most == 0 ? "are equal, bit for bit" : "differ by up to " + format("%.1e", most) + " of the largest";
    }

    ResultTable layoutTable() {
        ResultTable table = new ResultTable(
                "layout",
                "tokens/s",
                "of packed rows",
                "padding computed",
                "query-key pairs",
                "peak MB of " + layouts.memory());
        double packed = layouts.results().get(layouts.results().size() - 1).tokensPerSecond();
        for (LayoutExperiment.Result result : layouts.results()) {
            table.add(
                    result.layout().title(),
                    format("%.0f", result.tokensPerSecond()),
                    format("%.2f", result.tokensPerSecond() / packed),
                    format("%.1f %%", 100 * result.paddingShare()),
                    format("%.1f M", result.pairs() / 1e6),
                    format("%.1f", result.peakBytes() / MB));
        }
        return table;
    }

    ResultTable tilingTable() {
        ResultTable table =
                new ResultTable("tokens", "sequences", "standard, s", "tiled, s", "times", "standard, MB", "tiled, MB");
        for (TilingExperiment.Result result : tiling.results()) {
            Cost standard = result.standard();
            Cost tiled = result.tiled();
            boolean measured = standard.reason() == null;
            table.add(
                    Integer.toString(result.length()),
                    Integer.toString(result.batch()),
                    measured ? format("%.4f", standard.seconds()) : "no figure",
                    format("%.4f", tiled.seconds()),
                    measured ? format("%.1f", standard.seconds() / tiled.seconds()) : "",
                    measured ? format("%.1f", standard.bytes() / MB) : standard.reason(),
                    format("%.2f", tiled.bytes() / MB));
        }
        return table;
    }

    private static String format(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
