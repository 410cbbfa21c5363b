package io.varlen.spark.input;

import io.varlen.InvalidInputException;
import io.varlen.spark.Redaction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;

/**
 * The files of all inputs.
 *
 * @param inputs the inputs' qualified paths, in their order, for people: without credentials
 * @param files sorted by source, then path
 * @param skipped how many names that begin with a dot or an underscore were passed over in folders
 * @param outputs how many folders that a job of ours wrote, or is about to finish, were passed over in folders
 * @param contentHash of the DataFrame whose rows the files hold for a while; null for files of the user's
 */
public record InputFiles(List<String> inputs, List<InputFile> files, long skipped, long outputs, String contentHash) {
    /** What a DataFrame is called in place of a path. */
    public static final String DATA_FRAME = "dataframe";

    private static final Comparator<InputFile> ORDER =
            Comparator.comparingInt(InputFile::source).thenComparing(InputFile::uri);

    /** Files of the user's. */
    public InputFiles(List<String> inputs, List<InputFile> files, long skipped, long outputs) {
        this(inputs, files, skipped, outputs, null);
    }

    /**
     * Finds the files.
     *
     * @throws InvalidInputException if an input does not exist or holds no file, or if two files would give their
     *     documents the same ids in a format without columns
     */
    public static InputFiles resolve(InputOptions options, Configuration hadoop) {
        List<String> inputs = new ArrayList<>();
        List<InputFile> files = new ArrayList<>();
        long skipped = 0;
        long outputs = 0;
        for (int source = 0; source < options.inputs().size(); source++) {
            InputListing listing = InputListing.of(source, options.inputs().get(source), hadoop);
            inputs.add(Redaction.text(listing.path()));
            files.addAll(listing.files());
            skipped += listing.skipped();
            outputs += listing.outputs();
        }
        files.sort(ORDER);
        InputFiles resolved = new InputFiles(inputs, files, skipped, outputs);
        if (!options.format().hasColumns()) {
            resolved.requireDistinctNames(file -> true);
        }
        return options.contentHash() == null ? resolved : resolved.ofDataFrame(options.contentHash());
    }

    /** Spark names what a task writes {@code part-<task>-<job>-c<file>}; the job's part of it means nothing to anybody. */
    private InputFiles ofDataFrame(String hash) {
        List<InputFile> parts = files.stream()
                .map(file -> {
                    String name = file.name().substring(file.name().lastIndexOf('/') + 1);
                    String part = name.replaceFirst("^(part-[0-9]+)-[-0-9a-f]+(-c[0-9]+).*", "$1$2");
                    return new InputFile(
                            file.source(),
                            file.uri(),
                            file.name(),
                            file.size(),
                            file.modified(),
                            DATA_FRAME + "/" + part);
                })
                .toList();
        return new InputFiles(List.of(DATA_FRAME), parts, 0, 0, hash);
    }

    /** The bytes of all files. */
    public long bytes() {
        return files.stream().mapToLong(InputFile::size).sum();
    }

    InputFile firstOf(int source) {
        return files.stream()
                .filter(file -> file.source() == source)
                .findFirst()
                .orElseThrow();
    }

    /** @throws InvalidInputException if documents of two of those files would have the same path-derived ids */
    void requireDistinctNames(Predicate<InputFile> which) {
        Map<String, InputFile> byName = new HashMap<>();
        for (InputFile file : files) {
            InputFile other = which.test(file) ? byName.putIfAbsent(file.name(), file) : null;
            if (other != null) {
                throw new InvalidInputException("the document ids of " + other.path() + " and " + file.path()
                        + " would both begin with " + file.name()
                        + "; give each input once, and give inputs different names");
            }
        }
    }
}
