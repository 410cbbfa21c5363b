package io.varlen.jobs.report;

import io.varlen.spark.profile.AttentionContent;
import io.varlen.spark.profile.Distribution;
import io.varlen.spark.profile.EmbeddingContent;
import io.varlen.spark.profile.OutputProfile;
import io.varlen.spark.profile.PackedContent;
import io.varlen.spark.profile.ScoreContent;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the page shows, for programs. */
public final class ReportFigures {
    private ReportFigures() {}

    /** The job that wrote the output, its figures, and the quantiles of what the page draws. */
    public static Map<String, Object> of(OutputProfile profile) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("job", profile.command());
        figures.put("figures", profile.manifest().figures());
        if (profile.content() instanceof PackedContent content) {
            int seqLen = profile.manifest().packing().seqLen();
            put(figures, "fill", PackedSections.fills(content, seqLen));
            put(figures, "segments_per_row", Distribution.of(content.segments()));
            figures.put("shown_rows", content.sample().size());
        } else if (profile.content() instanceof EmbeddingContent content) {
            put(figures, "tokens_per_document", content.tokens());
            put(figures, "norm", content.norms());
            figures.put("not_finite", content.notFinite());
            figures.put("without_vector", content.withoutVector());
        } else if (profile.content() instanceof ScoreContent content) {
            put(figures, "tokens_per_document", content.tokens());
            put(figures, "perplexity", content.perplexities());
            figures.put("not_finite", content.notFinite());
            figures.put("unscored", content.unscored());
        } else if (profile.content() instanceof AttentionContent content) {
            figures.put("heat_maps", content.values().size());
        }
        Map<String, Object> reasons = new LinkedHashMap<>();
        profile.badRecords().forEach(reason -> reasons.put(Shown.text(reason.text()), reason.records()));
        figures.put("bad_records", reasons);
        return figures;
    }

    private static void put(Map<String, Object> figures, String name, Distribution values) {
        Map<String, Object> quantiles = new LinkedHashMap<>();
        if (!values.isEmpty()) {
            quantiles.put("count", values.total());
            quantiles.put("min", values.least());
            quantiles.put("p5", values.quantile(0.05));
            quantiles.put("p25", values.quantile(0.25));
            quantiles.put("median", values.quantile(0.5));
            quantiles.put("p75", values.quantile(0.75));
            quantiles.put("p95", values.quantile(0.95));
            quantiles.put("max", values.most());
        }
        figures.put(name, quantiles);
    }
}
