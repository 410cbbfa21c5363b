package io.varlen.jobs;

import io.varlen.spark.job.JobReport;
import io.varlen.spark.job.VerifyReport;
import java.util.LinkedHashMap;
import java.util.List;

/** What the quickstart did and found. */
record QuickstartReport(
        QuickstartCorpus corpus,
        JobReport pack,
        VerifyReport verify,
        JobReport embed,
        List<Answered> answered,
        double seconds) {

    JobReport report() {
        LinkedHashMap<String, Object> figures = new LinkedHashMap<>();
        figures.put("files", corpus.files());
        figures.put("tokens", corpus.tokens());
        figures.put("token_limit", Quickstart.TOKEN_LIMIT);
        figures.put("files_beyond_limit", corpus.unused());
        figures.put("pack", pack.figures());
        figures.put("verify", verify.job().figures());
        figures.put("embed", embed.figures());
        figures.put("questions", answered.stream().map(Answered::figures).toList());
        figures.put("seconds", seconds);
        return new JobReport("quickstart", false, figures);
    }

    @Override
    public String toString() {
        if (verify.damaged() > 0) {
            return Reports.verify(verify, "the rows just packed");
        }
        StringBuilder text = new StringBuilder(corpus.describe(Quickstart.TOKEN_LIMIT)).append("\n\n");
        Figures packed = new Figures(pack);
        Figures verified = new Figures(verify.job());
        Figures embedded = new Figures(embed);
        text.append(line("", "documents", "tokens", "seconds", "tokens/s", ""));
        text.append(line(
                "pack",
                packed,
                packed.number("documents"),
                packed.number("packed_tokens"),
                "into "
                        + packed.count("rows", "row") + " of " + packed.number("seq_len") + ", "
                        + packed.percent("efficiency")
                        + " filled"));
        text.append(line(
                "verify",
                verified,
                verified.number("packed_documents"),
                verified.number("packed_tokens"),
                "every row is sound, digest " + verified.text("digest").substring(0, 16) + "…"));
        text.append(line(
                "embed",
                embedded,
                embedded.number("documents"),
                embedded.number("encoded_tokens"),
                embedded.number("dimension") + " numbers each; " + embedded.count("truncated_documents", "document")
                        + " cut to " + embedded.number("max_length") + " tokens"));
        answered.forEach(answer -> text.append('\n').append(answer));
        return text.append(String.format("%nAll of it took %.1f s.%n", seconds)).toString();
    }

    private static String line(String step, Figures figures, String documents, String tokens, String remark) {
        String seconds = figures.seconds().replace(" s", "");
        return line(step, documents, tokens, seconds, figures.number("tokens_per_second"), remark);
    }

    private static String line(
            String step, String documents, String tokens, String seconds, String tokensPerSecond, String remark) {
        return String.format(
                                "  %-6s  %9s  %9s  %7s  %9s  %s",
                                step, documents, tokens, seconds, tokensPerSecond, remark)
                        .stripTrailing()
                + "\n";
    }
}
