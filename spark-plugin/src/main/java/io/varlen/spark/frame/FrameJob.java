package io.varlen.spark.frame;

import io.varlen.InvalidInputException;
import io.varlen.Nearest;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What can be done to the documents of a DataFrame or told of a packed dataset, and the options that there are for it, as on the
 * command line.
 */
public enum FrameJob {
    TOKENIZE(List.of("text-column", "bad-records", "tokenizer", "special-tokens"), List.of(), List.of()),
    PACK(
            List.of(),
            List.of(),
            List.of(
                    "text-column",
                    "prompt-column",
                    "completion-column",
                    "ids-column",
                    "mask-column",
                    "split-masked",
                    "id-column",
                    "bad-records",
                    "tokenizer",
                    "seq-len",
                    "strategy",
                    "overflow",
                    "pad-to-multiple",
                    "max-documents-per-row",
                    "max-squared-length",
                    "special-tokens",
                    "pad-id",
                    "seed",
                    "epoch",
                    "emit")),
    EMBED(
            List.of(
                    "text-column",
                    "bad-records",
                    "model",
                    "model-jar",
                    "max-length",
                    "long",
                    "prompt",
                    "prompt-name",
                    "dimensions",
                    "backend",
                    "dtype"),
            List.of("ids-column", "special-tokens"),
            List.of("id-column", "trace")),
    SCORE(
            List.of("text-column", "bad-records", "model", "max-length", "stride", "backend", "dtype"),
            List.of("ids-column", "special-tokens"),
            List.of("id-column", "trace")),
    ATTEND(
            List.of(),
            List.of(),
            List.of(
                    "text-column",
                    "id-column",
                    "bad-records",
                    "model",
                    "model-jar",
                    "max-length",
                    "window",
                    "limit-tokens",
                    "backend",
                    "dtype",
                    "trace")),
    PLAN(
            List.of(
                    "seq-len",
                    "strategy",
                    "overflow",
                    "pad-to-multiple",
                    "max-documents-per-row",
                    "max-squared-length"),
            List.of("text-column", "bad-records", "tokenizer", "special-tokens"),
            List.of()),
    VERIFY(List.of(), List.of(), List.of("list"));

    private final List<String> always;
    private final List<String> ofRows;
    private final List<String> ofJobs;

    /**
     * @param always options of both ways
     * @param ofRows of the way that turns rows into rows, when they are asked for
     * @param ofJobs of the way that writes a folder
     */
    FrameJob(List<String> always, List<String> ofRows, List<String> ofJobs) {
        this.always = always;
        this.ofRows = ofRows;
        this.ofJobs = ofJobs;
    }

    /** The command's name. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The options of the job that writes a folder; {@code tokenize} is none. */
    public List<String> jobOptions() {
        return Stream.concat(always.stream(), ofJobs.stream()).toList();
    }

    /** The options of what turns rows into rows. */
    public List<String> rowOptions() {
        return Stream.concat(always.stream(), ofRows.stream()).toList();
    }

    /**
     * The job of that name that writes a folder.
     *
     * @throws InvalidInputException naming those there are
     */
    public static FrameJob ofName(String name) {
        List<FrameJob> jobs = List.of(PACK, EMBED, SCORE, ATTEND);
        return jobs.stream()
                .filter(job -> job.optionName().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> {
                    List<String> names = jobs.stream().map(FrameJob::optionName).toList();
                    return new InvalidInputException("there is no job '" + name + "'; it is one of "
                            + String.join(", ", names) + "; did you mean " + Nearest.to(name, names) + "?");
                });
    }

    /**
     * Options by their right names: {@code seqLen}, {@code seq_len} and {@code SEQ-LEN} are all {@code seq-len}.
     *
     * @param known the right names
     * @throws InvalidInputException for one that does not exist, naming the nearest, or that is given twice
     */
    SortedMap<String, String> named(Map<String, String> given, Collection<String> known) {
        Map<String, String> bySpelling = new TreeMap<>();
        known.forEach(name -> bySpelling.put(spelling(name), name));
        SortedMap<String, String> named = new TreeMap<>();
        given.forEach((name, value) -> {
            String right = bySpelling.get(spelling(name));
            if (right == null) {
                throw unknown(name, known);
            }
            if (named.put(right, value) != null) {
                throw new InvalidInputException("the option " + right + " is given twice, once as " + name);
            }
        });
        return named;
    }

    private InvalidInputException unknown(String name, Collection<String> known) {
        boolean forRows = isIn(ofRows, name);
        return new InvalidInputException(
                forRows || isIn(ofJobs, name)
                        ? "the option " + name + " of " + optionName() + " is not for "
                                + (forRows ? "what writes a folder" : "what turns rows into rows")
                        : "there is no option '" + name + "' of " + optionName() + "; did you mean "
                                + Nearest.to(name, known) + "?");
    }

    private static boolean isIn(List<String> options, String name) {
        return options.stream().anyMatch(option -> spelling(option).equals(spelling(name)));
    }

    private static String spelling(String name) {
        return name.replace("-", "").replace("_", "").toLowerCase(Locale.ROOT);
    }
}
