package io.varlen.jobs.report;

import io.varlen.spark.dataset.Fingerprint;
import io.varlen.spark.dataset.Fingerprint.InputState;
import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.profile.OutputProfile;
import io.varlen.spark.profile.OutputProfile.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What an output was made of, with what, and how. */
final class OriginSection {
    private static final int MOST_INPUTS = 50;

    /** Options that are told as what they are the hash of. */
    private static final Set<String> HASHES = Set.of("tokenizer", "model", "packed-digest");

    private final OutputProfile profile;
    private final Manifest manifest;
    private final Figures figures;

    OriginSection(OutputProfile profile) {
        this.profile = profile;
        this.manifest = profile.manifest();
        this.figures = new Figures(manifest.figures());
    }

    Section section() {
        return new Section(
                "origin",
                "What it was made of",
                "Paths are told by their last element.",
                inputs(),
                identity(),
                options());
    }

    private Html inputs() {
        List<InputState> inputs = new ArrayList<>(manifest.fingerprint().inputs());
        manifest.allAppends()
                .forEach(append -> inputs.addAll(append.fingerprint().inputs()));
        Grid table = new Grid("Input", "input", "files", "size").atMost(MOST_INPUTS);
        inputs.forEach(input -> {
            boolean files = input.files() > 0;
            table.add(
                    Shown.name(String.valueOf(input.path())),
                    files ? Numbers.whole(input.files()) : "–",
                    files ? Numbers.bytes(input.bytes()) : "–");
        });
        return table.html();
    }

    private Html identity() {
        Grid table = new Grid("Made with", "", "what exactly");
        if (!figures.text("model").isEmpty()) {
            table.addText("model", figures.text("model"));
            table.addText("model's SHA-256", figures.text("model_sha256"));
        }
        if (manifest.tokenizer() != null) {
            table.addText("tokenizer", Shown.name(manifest.tokenizer().name()));
            table.addText("tokenizer's SHA-256", Shown.text(manifest.tokenizer().sha256()));
        }
        if (manifest.packing() != null) {
            table.addText("digest of all rows", manifest.packing().digest());
        }
        table.addText("fingerprint of the job", manifest.fingerprint().hex());
        return table.html();
    }

    private Html options() {
        Fingerprint fingerprint = manifest.fingerprint();
        Grid table = new Grid("Options of " + profile.command(), "option", "value");
        fingerprint.options().forEach((name, value) -> {
            boolean given = value != null && !value.isEmpty() && !value.equals("null");
            if (given && !HASHES.contains(name)) {
                table.addText(Shown.text(name), Shown.setting(value));
            }
        });
        return table.html();
    }

    /** Why records were no documents. */
    static Section quarantine(List<Reason> reasons) {
        Grid table = new Grid("Reasons, the most frequent first", "reason", "records");
        reasons.forEach(reason -> table.add(Shown.text(reason.text()), Numbers.whole(reason.records())));
        return new Section(
                "quarantine",
                "Bad records",
                "Records that were no documents; each is listed below _varlen/quarantine with its file and position.",
                table.html());
    }
}
