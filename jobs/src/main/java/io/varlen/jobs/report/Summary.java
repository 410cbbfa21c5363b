package io.varlen.jobs.report;

import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.Manifest.PackingEntry;
import io.varlen.spark.profile.OutputProfile;
import java.util.LinkedHashMap;
import java.util.Map;

/** What an output is, in a sentence and a few figures. */
final class Summary {
    private final OutputProfile profile;
    private final Figures figures;

    Summary(OutputProfile profile) {
        this.profile = profile;
        this.figures = new Figures(profile.manifest().figures());
    }

    String kind() {
        return switch (profile.command()) {
            case "pack" -> "Packed dataset";
            case "embed" -> "Embeddings";
            case "score" -> "Scores";
            default -> "Attention statistics";
        };
    }

    String sentence() {
        return switch (profile.command()) {
            case "pack" -> packed(profile.manifest());
            case "embed" ->
                figures.count("documents", "document") + " as vectors of " + figures.number("dimension")
                        + " numbers, by " + figures.text("model") + ".";
            case "score" ->
                figures.count("documents", "document") + " by how well " + figures.text("model") + " predicts them.";
            default ->
                "How the heads of " + figures.text("model") + " spread their attention over "
                        + figures.count("queries", "token") + ".";
        };
    }

    private static String packed(Manifest manifest) {
        PackingEntry packing = manifest.packing();
        return Numbers.count(packing.ledger().total().packedDocuments(), "document") + " in "
                + Numbers.count(packing.rows(), "row") + " of " + Numbers.count(packing.seqLen(), "token") + ", "
                + Numbers.percent(efficiency(packing)) + " filled.";
    }

    private static double efficiency(PackingEntry packing) {
        return packing.rows() == 0
                ? 1
                : packing.ledger().total().packedTokens() / ((double) packing.rows() * packing.seqLen());
    }

    /** The figures by what they are. */
    private Map<String, String> tiles() {
        Map<String, String> tiles = new LinkedHashMap<>();
        switch (profile.command()) {
            case "pack" -> {
                PackingEntry packing = profile.manifest().packing();
                tiles.put("filled", Numbers.percent(efficiency(packing)));
                tiles.put("rows", Numbers.whole(packing.rows()));
                tiles.put("tokens per row", Numbers.whole(packing.seqLen()));
                tiles.put("documents", Numbers.whole(packing.ledger().total().packedDocuments()));
                tiles.put("tokens", Numbers.whole(packing.ledger().total().packedTokens()));
            }
            case "embed" -> {
                tiles.put("documents", figures.number("documents"));
                tiles.put("numbers per vector", figures.number("dimension"));
                tiles.put("tokens", figures.number("tokens"));
                tiles.put("tokens cut off", figures.number("truncated_tokens"));
            }
            case "score" -> {
                figures.decimal("perplexity").ifPresent(value -> tiles.put("perplexity", Numbers.decimal(value)));
                tiles.put("documents", figures.number("documents"));
                tiles.put("tokens", figures.number("tokens"));
                tiles.put("tokens scored", figures.number("scored_tokens"));
            }
            default -> {
                tiles.put("layers", figures.number("layers"));
                tiles.put("heads per layer", figures.number("heads"));
                tiles.put("tokens looked at", figures.number("queries"));
                tiles.put("rows looked at", figures.number("sampled_rows"));
                figures.decimal("leakage").ifPresent(value -> tiles.put("would leak", Numbers.percent(value)));
            }
        }
        figures.decimal("tokens_per_second")
                .ifPresent(speed -> tiles.put("tokens per second", Numbers.whole(Math.round(speed))));
        return tiles;
    }

    Html html() {
        Tag list = Tag.of("dl").styled("tiles");
        tiles().forEach((name, value) -> list.add(Tag.of("div", Tag.of("dt", name), Tag.of("dd", value))));
        return list;
    }
}
