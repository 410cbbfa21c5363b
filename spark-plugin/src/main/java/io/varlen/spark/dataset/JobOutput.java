package io.varlen.spark.dataset;

import io.varlen.InvalidInputException;
import io.varlen.spark.input.BadRecord;
import io.varlen.spark.internal.Json;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** A folder that a job wrote, of any kind, once it is committed. */
public final class JobOutput {
    private final Path root;
    private final FileStore files;
    private final Configuration hadoop;
    private final Manifest manifest;

    private JobOutput(Path root, FileStore files, Configuration hadoop, Manifest manifest) {
        this.root = root;
        this.files = files;
        this.hadoop = hadoop;
        this.manifest = manifest;
    }

    /**
     * Reads the manifest.
     *
     * @throws InvalidInputException if there is none, saying whether a job is still to finish
     */
    public static JobOutput open(Configuration hadoop, String folder) {
        Optional<JobOutput> found = find(hadoop, folder);
        if (found.isPresent()) {
            return found.get();
        }
        throw new InvalidInputException(folder + " is not the output of a varlen job: " + whyNot(hadoop, folder));
    }

    /**
     * As {@link #open}; empty if no job has finished there.
     *
     * @throws InvalidInputException if the manifest cannot be read
     */
    public static Optional<JobOutput> find(Configuration hadoop, String folder) {
        try {
            FileStore files = FileStore.of(new Path(folder), hadoop);
            Path root = files.qualify(new Path(folder));
            Path path = new Path(root, OutputFolder.MANIFEST);
            return files.exists(path)
                    ? Optional.of(new JobOutput(root, files, hadoop, Manifest.read(files, path)))
                    : Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidInputException(folder + " cannot be read (" + e.getMessage() + ")", e);
        }
    }

    private static String whyNot(Configuration hadoop, String folder) {
        try {
            FileStore files = FileStore.of(new Path(folder), hadoop);
            if (!files.exists(new Path(folder))) {
                return "it does not exist";
            }
            return files.list(new Path(folder, OutputFolder.STAGING)).isEmpty()
                    ? "it has no " + OutputFolder.MANIFEST
                    : "the job that writes it has not finished; run it again to the end";
        } catch (IOException | IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    public Manifest manifest() {
        return manifest;
    }

    /** The folder, in the one spelling that all spellings of it have in common. */
    public String folder() {
        return root.toString();
    }

    /** The last element of its path. */
    public String name() {
        return root.getName();
    }

    /** Why each record in {@code _varlen/quarantine} is no document. */
    public JavaRDD<String> quarantineReasons(JavaSparkContext spark) {
        return ListLines.of(spark, root, hadoop, ListLines.files(files, root, manifest, "quarantine"))
                .map(line -> Json.read(line, BadRecord.class).reason());
    }

    /** The paths of all files that the manifest names. */
    public List<String> partPaths() {
        return manifest.parts().stream()
                .map(part -> new Path(root, part.file()).toString())
                .toList();
    }

    /** The bytes of all of them. */
    public long bytes() {
        return manifest.parts().stream().mapToLong(Manifest.Part::bytes).sum();
    }

    /** @throws InvalidInputException if a file that the manifest names is missing or cut short, naming it */
    public JobOutput requireIntact() {
        try {
            Map<Path, Map<String, Long>> folders = new HashMap<>();
            for (Manifest.Part part : manifest.parts()) {
                Path path = new Path(root, part.file());
                if (!folders.containsKey(path.getParent())) {
                    Map<String, Long> sizes = new HashMap<>();
                    for (FileStatus file : files.list(path.getParent())) {
                        sizes.put(file.getPath().getName(), file.getLen());
                    }
                    folders.put(path.getParent(), sizes);
                }
                Long bytes = folders.get(path.getParent()).get(path.getName());
                if (bytes == null || bytes != part.bytes()) {
                    throw new InvalidInputException(root + " is damaged: " + part.file()
                            + (bytes == null ? " is missing" : " has " + bytes + " bytes instead of " + part.bytes()));
                }
            }
            return this;
        } catch (IOException e) {
            throw new InvalidInputException(root + " cannot be read (" + e.getMessage() + ")", e);
        }
    }
}
