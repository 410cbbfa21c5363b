package io.varlen.spark.dataset;

import io.varlen.Sha256;
import io.varlen.spark.Redaction;
import io.varlen.spark.input.InputFile;
import io.varlen.spark.input.InputFiles;
import io.varlen.spark.internal.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What decides a job's output: the same fingerprint, the same output.
 *
 * @param command {@code pack}, {@code embed}, …
 * @param options every option that the output depends on, by its name on the command line without dashes, and the
 *     SHA-256 of the tokenizer or model under its own name
 * @param inputs the state of the files read, or the content of the DataFrame
 */
public record Fingerprint(String command, SortedMap<String, String> options, List<InputState> inputs) {

    /**
     * One input as it was found.
     *
     * @param path qualified
     * @param files how many
     * @param bytes of all files
     * @param sha256 of the list of (path, size, modification time); of a DataFrame, which has no files, of its content
     */
    public record InputState(String path, long files, long bytes, String sha256) {
        private static InputState of(String path, List<InputFile> files) {
            StringBuilder listing = new StringBuilder();
            for (InputFile file : files) {
                listing.append(Json.line(List.of(Redaction.text(file.uri()), file.size(), file.modified())))
                        .append('\n');
            }
            return new InputState(
                    path,
                    files.size(),
                    files.stream().mapToLong(InputFile::size).sum(),
                    Sha256.hexOf(listing.toString()));
        }

        private String describe() {
            return files == 0 ? path : path + " (" + files + (files == 1 ? " file, " : " files, ") + bytes + " bytes)";
        }
    }

    public static Fingerprint of(String command, Map<String, String> options, InputFiles files) {
        Map<Integer, List<InputFile>> bySource =
                files.files().stream().collect(Collectors.groupingBy(InputFile::source));
        List<InputState> inputs = new ArrayList<>();
        if (files.contentHash() != null) {
            inputs.add(new InputState(InputFiles.DATA_FRAME, 0, 0, files.contentHash()));
            return new Fingerprint(command, new TreeMap<>(options), inputs);
        }
        for (int source = 0; source < files.inputs().size(); source++) {
            inputs.add(InputState.of(files.inputs().get(source), bySource.getOrDefault(source, List.of())));
        }
        return new Fingerprint(command, new TreeMap<>(options), inputs);
    }

    /** 64 lower-case hexadecimal digits. */
    public String hex() {
        return Sha256.hexOf(Json.line(this));
    }

    /** What the output in a folder differs in from the one that is wanted, in words. */
    public List<String> differences(Fingerprint wanted) {
        List<String> differences = new ArrayList<>();
        compare(differences, "the command", command, wanted.command);
        TreeSet<String> names = new TreeSet<>(options.keySet());
        names.addAll(wanted.options.keySet());
        for (String name : names) {
            compare(differences, name, options.get(name), wanted.options.get(name));
        }
        for (int i = 0; i < Math.max(inputs.size(), wanted.inputs.size()); i++) {
            compare(differences, "input " + (i + 1), describe(inputs, i), describe(wanted.inputs, i));
            if (i < inputs.size()
                    && i < wanted.inputs.size()
                    && sameButForContent(inputs.get(i), wanted.inputs.get(i))) {
                differences.add(
                        inputs.get(i).files() == 0
                                ? "the rows of the DataFrame are others"
                                : "files of input " + (i + 1) + " ("
                                        + inputs.get(i).path() + ") have changed since");
            }
        }
        return differences;
    }

    /** The numbers of the inputs that are the same in both, but not what is in them. */
    List<Integer> changedInputs(Fingerprint wanted) {
        return IntStream.range(0, Math.min(inputs.size(), wanted.inputs.size()))
                .filter(i -> inputs.get(i).path().equals(wanted.inputs.get(i).path())
                        && !inputs.get(i).equals(wanted.inputs.get(i)))
                .boxed()
                .toList();
    }

    /** Whether nothing but the files of the inputs differs. */
    boolean sameButForFiles(Fingerprint wanted) {
        return command.equals(wanted.command)
                && options.equals(wanted.options)
                && inputs.stream()
                        .map(InputState::path)
                        .toList()
                        .equals(wanted.inputs.stream().map(InputState::path).toList());
    }

    private static void compare(List<String> differences, String name, String there, String wanted) {
        if (there == null ? wanted != null : !there.equals(wanted)) {
            differences.add(name + " is " + named(there) + " there and " + named(wanted) + " here");
        }
    }

    private static String named(String value) {
        return value == null || value.isEmpty() ? "not given" : value;
    }

    private static String describe(List<InputState> inputs, int i) {
        return i < inputs.size() ? inputs.get(i).describe() : null;
    }

    private static boolean sameButForContent(InputState a, InputState b) {
        return a.describe().equals(b.describe()) && !a.equals(b);
    }
}
