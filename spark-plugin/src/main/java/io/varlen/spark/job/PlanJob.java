package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.packing.LengthHistogram;
import io.varlen.packing.PackingForecast;
import io.varlen.packing.PackingRules;
import io.varlen.packing.SpecialTokensPolicy;
import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.tokenizer.SpecialTokens;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/**
 * {@code plan}: what packing a dataset in other ways would give. Reads the histogram of document lengths in its manifest and
 * none of its rows.
 */
public final class PlanJob {
    private final SparkSession session;
    private final PlanOptions options;
    private final TokenizerProvider tokenizers;

    public PlanJob(SparkSession session, PlanOptions options) {
        this(session, options, TokenizerProvider.ENGINE);
    }

    PlanJob(SparkSession session, PlanOptions options, TokenizerProvider tokenizers) {
        this.session = session;
        this.options = options;
        this.tokenizers = tokenizers;
    }

    /**
     * One forecast for each candidate, in their order.
     *
     * @throws io.varlen.InvalidInputException if the input is not a packed dataset, or under {@code --overflow fail} a
     *     document is too long
     */
    public PlanReport run() {
        long started = System.nanoTime();
        PackedDataset dataset = PackedDataset.open(session.sparkContext().hadoopConfiguration(), options.input());
        if (dataset.manifest().packing().documents() == null) {
            throw new InvalidInputException(options.input() + " does not tell how long its documents were: truncated"
                    + " ones have been removed from it; plan a dataset that was packed with --overflow split");
        }
        List<PackingForecast> forecasts = new ArrayList<>();
        for (PackingRules rules : options.candidates()) {
            forecasts.add(PackingForecast.of(documents(dataset, rules), rules));
        }
        Manifest.PackingEntry packing = dataset.manifest().packing();
        LinkedHashMap<String, Object> figures = new LinkedHashMap<>();
        LengthHistogram documents = packing.documents().toHistogram();
        figures.put("documents", documents.total());
        figures.put("tokens", documents.tokens());
        figures.put("longest_document", documents.maxLength());
        figures.put("groups", packing.groups());
        figures.put("plans", forecasts.stream().map(PlanJob::figures).toList());
        figures.put("seconds", (System.nanoTime() - started) / 1e9);
        return new PlanReport(new JobReport("plan", false, figures), forecasts);
    }

    /** The lengths of the documents with the special tokens that they would have. */
    private LengthHistogram documents(PackedDataset dataset, PackingRules rules) {
        Manifest.PackingEntry packing = dataset.manifest().packing();
        LengthHistogram stored = packing.documents().toHistogram();
        if (SpecialTokensPolicy.ofName(packing.specialTokens()) != SpecialTokensPolicy.CHUNK) {
            return stored;
        }
        SpecialTokens special = tokenizers.open(dataset.tokenizer()).specialTokens();
        int before = packing.rules().limits().pieceLimit();
        LengthHistogram lengths = new LengthHistogram();
        for (int length : stored.lengths()) {
            long added = SpecialTokensPolicy.CHUNK.addedSpecialTokens(length, special, before);
            long wanted = SpecialTokensPolicy.CHUNK.sequenceLength(
                    Math.toIntExact(length - added), special, rules.limits().pieceLimit());
            lengths.add(Math.toIntExact(wanted), stored.count(length));
        }
        return lengths;
    }

    /** One forecast as {@code --json} prints it. */
    public static Map<String, Object> figures(PackingForecast forecast) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("seq_len", forecast.limits().seqLen());
        figures.put("strategy", forecast.strategy().optionName());
        figures.put("sampled", forecast.sampled());
        figures.put("rows", forecast.rows());
        figures.put("packed_tokens", forecast.packedTokens());
        figures.put("padding_tokens", forecast.paddingTokens());
        figures.put("efficiency", forecast.efficiency());
        figures.put("segments", forecast.segments());
        figures.put("segments_per_row", ratio(forecast.segments(), forecast.rows()));
        figures.put("largest_segments_per_row", forecast.largestSegmentCount());
        figures.put("split_documents", forecast.splitDocuments());
        figures.put("dropped_documents", forecast.droppedDocuments());
        figures.put("repeated_tokens", forecast.repeatedTokens());
        figures.put("lost_tokens", forecast.lostTokens());
        figures.put("squared_length", forecast.squaredLength());
        figures.put("squared_length_per_row", ratio(forecast.squaredLength(), forecast.rows()));
        figures.put("largest_squared_length_per_row", forecast.largestSquaredLength());
        return figures;
    }

    private static double ratio(double sum, long rows) {
        return rows == 0 ? 0 : sum / rows;
    }
}
