package io.varlen.jobs.report;

import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.profile.AttentionContent;
import io.varlen.spark.profile.EmbeddingContent;
import io.varlen.spark.profile.OutputProfile;
import io.varlen.spark.profile.PackedContent;
import io.varlen.spark.profile.ScoreContent;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One HTML page about an output: nothing of it is anywhere else, nothing in it runs, and its own policy forbids both. The
 * same output gives the same page. It is well-formed XML, too.
 */
public final class ReportPage {
    /** What a page begins with. */
    public static final String MARK = "<meta name=\"generator\" content=\"spark-varlen report\"";

    private static final String POLICY =
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

    private ReportPage() {}

    /** The page in UTF-8. */
    public static byte[] of(OutputProfile profile) {
        Summary summary = new Summary(profile);
        List<Section> sections = sections(profile);
        Tag navigation = Tag.of("ul").add(sections.stream().map(Section::link).toList());
        String name = Shown.text(profile.name());
        Tag header = Tag.of(
                "header",
                Tag.of("p", summary.kind()).styled("kind"),
                Tag.of("h1", Tag.of("bdi", name)),
                Tag.of("p", summary.sentence()).styled("sentence"),
                summary.html(),
                Tag.of("nav", navigation).with("aria-label", "On this page"));
        Tag main = Tag.of("main").add(sections.stream().map(Section::html).toList());
        Tag footer = Tag.of("footer", Tag.of("p", "Made by varlen report from the manifest and the rows themselves."));
        StringBuilder page = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n")
                .append("<meta charset=\"utf-8\"/>\n")
                .append(MARK)
                .append("/>\n");
        Tag.of("meta")
                .with("http-equiv", "Content-Security-Policy")
                .with("content", POLICY)
                .write(page);
        Tag.of("meta")
                .with("name", "viewport")
                .with("content", "width=device-width, initial-scale=1")
                .write(page);
        Tag.of("meta")
                .with("name", "color-scheme")
                .with("content", "light dark")
                .write(page);
        Tag.of("meta").with("name", "referrer").with("content", "no-referrer").write(page);
        Tag.of("link").with("rel", "icon").with("href", "data:,").write(page);
        Tag.of("title", name + " · " + summary.kind()).write(page);
        page.append("<style>\n").append(style()).append("</style>\n</head>\n<body>\n");
        header.write(page);
        main.write(page);
        footer.write(page);
        return page.append("</body>\n</html>\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    private static List<Section> sections(OutputProfile profile) {
        Manifest manifest = profile.manifest();
        Figures figures = new Figures(manifest.figures());
        List<Section> sections = new ArrayList<>();
        if (profile.content() instanceof PackedContent content) {
            sections.addAll(new PackedSections(manifest.packing(), content).all());
            sections.add(BalanceSection.of(manifest));
        } else if (profile.content() instanceof EmbeddingContent content) {
            sections.addAll(new EmbeddingSections(figures, content).all());
        } else if (profile.content() instanceof ScoreContent content) {
            sections.addAll(new ScoreSections(figures, content).all());
        } else if (profile.content() instanceof AttentionContent content) {
            sections.addAll(new AttentionSections(figures, content).all());
        }
        if (!profile.badRecords().isEmpty()) {
            sections.add(OriginSection.quarantine(profile.badRecords()));
        }
        sections.add(new WorkSection(figures).section());
        sections.add(new OriginSection(profile).section());
        return sections;
    }

    private static String style() {
        try (InputStream style = ReportPage.class.getResourceAsStream("report.css")) {
            return new String(style.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
