package io.varlen.jobs;

import io.varlen.spark.Redaction;
import io.varlen.spark.job.JobReport;
import io.varlen.spark.job.VerifyReport;

/** What jobs did and found, for people. */
final class Reports {
    private Reports() {}

    static String pack(JobReport report, String output) {
        Figures figures = new Figures(report);
        Table table = new Table()
                .add(
                        "documents",
                        figures.number("documents"),
                        figures.number("empty_documents") + " without a token, "
                                + figures.number("dropped_documents") + " dropped, "
                                + figures.number("quarantined_documents") + " quarantined")
                .add(
                        "tokens",
                        figures.number("packed_tokens"),
                        figures.number("source_tokens") + " of text, " + figures.number("added_special_tokens")
                                + " special, " + figures.number("repeated_tokens") + " repeated")
                .add("dropped", figures.number("dropped_tokens"), figures.number("truncated_tokens") + " truncated")
                .add("rows", figures.number("rows"), "of " + figures.number("seq_len") + " tokens")
                .add("filled", figures.percent("efficiency"), figures.number("padding_tokens") + " slots of padding")
                .add("time", figures.seconds(), figures.tokensPerSecond());
        tasks(table, figures).add("digest", figures.text("digest"), "");
        return title(report, "packed into " + output) + table;
    }

    static String embed(JobReport report, String output) {
        Figures figures = new Figures(report);
        Table table = new Table()
                .add(
                        "documents",
                        figures.number("documents"),
                        figures.number("dimension") + " numbers each, " + figures.number("quarantined_documents")
                                + " quarantined")
                .add("tokens", figures.number("tokens"), figures.number("encoded_tokens") + " given to the model")
                .add(
                        "truncated",
                        figures.number("truncated_tokens"),
                        "of " + figures.count("truncated_documents", "document") + " longer than "
                                + figures.number("max_length") + " tokens")
                .add("time", figures.seconds(), figures.tokensPerSecond());
        tasks(table, figures).add("model", figures.text("model") + " on " + figures.text("backend"), "");
        return title(report, "embedded into " + output) + table;
    }

    static String score(JobReport report, String output) {
        Figures figures = new Figures(report);
        Table table = new Table()
                .add("documents", figures.number("documents"), figures.number("quarantined_documents") + " quarantined")
                .add(
                        "tokens",
                        figures.number("tokens"),
                        figures.number("scored_tokens") + " scored, " + figures.number("encoded_tokens")
                                + " given to the model in windows of up to " + figures.number("max_length"))
                .add("perplexity", figures.decimal("perplexity"), figures.decimal("nll") + " nats of all scored tokens")
                .add("time", figures.seconds(), figures.tokensPerSecond());
        tasks(table, figures).add("model", figures.text("model") + " on " + figures.text("backend"), "");
        return title(report, "scored into " + output) + table;
    }

    static String attend(JobReport report, String output) {
        Figures figures = new Figures(report);
        Table table = new Table()
                .add(
                        "rows",
                        figures.number("sampled_rows"),
                        "of " + figures.number("rows") + ", with " + figures.count("sequences", "sequence") + " and "
                                + figures.number("queries") + " tokens")
                .add("heads", figures.number("heads"), "in each of " + figures.number("layers") + " layers")
                .add("entropy", figures.decimal("entropy"), "nats, on average over all heads, as is what follows")
                .add("distance", figures.decimal("mean_distance"), "tokens")
                .add("first token", figures.share("sink_mass"), "of attention")
                .add("window", figures.share("window_mass"), "within " + figures.number("window") + " tokens")
                .add("score", figures.decimal("max_logit"), "the largest of each query")
                .add("leakage", figures.share("leakage"), "would cross document borders without the document mask")
                .add("time", figures.seconds(), figures.tokensPerSecond());
        tasks(table, figures).add("model", figures.text("model") + " on " + figures.text("backend"), "");
        return title(report, "attended to, into " + output) + table;
    }

    static String export(JobReport report, String output) {
        Figures figures = new Figures(report);
        Table table = new Table()
                .add("rows", figures.number("rows"), "of " + figures.count("segments", "segment"))
                .add("tokens", figures.number("tokens"), "")
                .add("files", figures.number("files"), figures.count("bytes", "byte"))
                .add("time", figures.seconds(), figures.tokensPerSecond());
        return title(report, "exported as " + figures.text("format") + " into " + output) + table;
    }

    static String verify(VerifyReport verify, String input) {
        Figures figures = new Figures(verify.job());
        StringBuilder text = new StringBuilder();
        if (verify.damaged() == 0) {
            text.append("sound: ").append(Redaction.text(input)).append('\n');
        } else {
            text.append("damaged: ").append(Redaction.text(input)).append(", ");
            text.append(figures.count("damaged", "finding")).append('\n');
            verify.findings()
                    .forEach(finding -> text.append("  ").append(finding).append('\n'));
            long unlisted = verify.damaged() - verify.findings().size();
            text.append(unlisted == 0 ? "" : "  and " + Table.number(unlisted) + " more; --list N lists N\n");
        }
        Table table = new Table()
                .add("documents", figures.number("packed_documents"), "in " + figures.count("segments", "segment"))
                .add("tokens", figures.number("packed_tokens"), figures.number("padding_tokens") + " slots of padding")
                .add("rows", figures.number("rows"), "in " + figures.count("parts", "part"))
                .add("time", figures.seconds(), figures.tokensPerSecond())
                .add("digest", figures.text("digest"), "");
        return text.append(table).toString();
    }

    static String remove(JobReport report, String input) {
        Figures figures = new Figures(report);
        Table table = new Table()
                .add(
                        "documents",
                        figures.number("removed_documents"),
                        figures.number("named_documents") + " named, "
                                + figures.number("already_removed_documents") + " removed before, "
                                + figures.number("missing_documents") + " not there")
                .add("tokens", figures.number("removed_tokens"), figures.number("packed_tokens") + " are left")
                .add(
                        "rows",
                        figures.number("changed_rows"),
                        "changed and " + figures.number("removed_rows") + " gone; " + figures.number("rows")
                                + " are left, " + figures.percent("efficiency") + " filled")
                .add("parts", figures.number("rewritten_parts"), "of " + figures.number("parts") + " written anew")
                .add("time", figures.seconds(), "")
                .add("digest", figures.text("digest"), "");
        return (report.unchanged() ? "unchanged: nothing of this is left in " : "removed from ") + Redaction.text(input)
                + "\n" + table;
    }

    static String report(JobReport report) {
        Figures figures = new Figures(report);
        Table table =
                new Table().add("page", figures.number("page_bytes"), "bytes").add("time", figures.seconds(), "");
        return (report.unchanged() ? "unchanged: " : "") + figures.text("page") + "\n" + table;
    }

    /** Where the time of tasks went; nothing in a report that an earlier version has kept. */
    private static Table tasks(Table table, Figures figures) {
        if (figures.has("executors")) {
            table.add(
                    "tasks",
                    figures.share("compute_share"),
                    "of their time computing, " + figures.share("tokenize_share") + " tokenizing, "
                            + figures.share("wait_share") + " waiting for a device; on "
                            + figures.count("executors", "executor"));
        }
        if (figures.has("batch_fill")) {
            table.add(
                    "batches",
                    figures.share("batch_fill"),
                    "full, " + figures.number("memory_splits") + " cut in two for lack of device memory");
        }
        return table;
    }

    private static String title(JobReport report, String done) {
        return Redaction.text(report.unchanged() ? "unchanged: this was " + done + " before\n" : done + "\n");
    }
}
