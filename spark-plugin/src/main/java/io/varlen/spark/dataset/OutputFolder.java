package io.varlen.spark.dataset;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.varlen.InvalidInputException;
import io.varlen.spark.dataset.InputFileList.Changes;
import io.varlen.spark.dataset.Manifest.Part;
import io.varlen.spark.input.BadRecord;
import io.varlen.spark.input.InputFiles;
import io.varlen.spark.internal.HadoopConfiguration;
import io.varlen.spark.internal.Json;
import io.varlen.spark.metrics.TaskWork;
import io.varlen.tokenizer.TokenizerSource;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * The life of a job's output {@code D}. A job works in {@code D/_varlen/staging/<fingerprint>}, one numbered <i>unit</i>
 * at a time; at the end the units' files move to {@code D} and {@code D/_varlen/manifest.json}, written last, commits
 * them ({@link OutputCommit}). Used on the driver.
 */
public final class OutputFolder {
    /** What was found. */
    public enum State {
        /** Nothing of this job: run it. */
        NEW,
        /** This very job, unfinished: run what is missing of it. */
        CONTINUE,
        /** This very job, complete: do nothing. */
        UNCHANGED
    }

    static final String METADATA = "_varlen";
    static final String MANIFEST = METADATA + "/manifest.json";
    static final String REPORT = METADATA + "/report.json";
    /** What {@code report} draws of the output, where it is told no other place. */
    public static final String PAGE = METADATA + "/report.html";

    static final String STAGING = METADATA + "/staging";
    /** Where the rows of a DataFrame are while a job reads them. */
    static final String INPUT = METADATA + "/input";

    static final Pattern OUR_FILE = Pattern.compile("part-[0-9a-f]{8}-[0-9]{5,}(\\..+)?");

    private final Path root;
    private final FileStore files;
    private final Fingerprint fingerprint;
    private final OutputPlaces places;
    private final InputFileList inputs;
    private final Staging staging;
    private final OutputCommit commit;
    private final Manifest committed;
    private final State state;

    private OutputFolder(
            Path root,
            FileStore files,
            Fingerprint fingerprint,
            InputFileList inputs,
            Configuration hadoop,
            boolean overwrite)
            throws IOException {
        this.root = root;
        this.files = files;
        this.fingerprint = fingerprint;
        this.inputs = inputs;
        this.places = new OutputPlaces(root, fingerprint.hex());
        this.staging = new Staging(places.staging(), new HadoopConfiguration(hadoop));
        this.commit = new OutputCommit(files, places, staging);
        this.committed = files.exists(path(MANIFEST)) ? Manifest.read(files, path(MANIFEST)) : null;
        this.state = find(overwrite);
    }

    /**
     * Looks at the folder. Nothing is written before the job has work to stage.
     *
     * @param inputs the files that the fingerprint is of
     * @param overwrite replace what another job left, once the new output is complete
     * @throws InvalidInputException if something else is in the folder, naming what differs, and where that is the input
     *     the files that were added, removed or changed
     */
    public static OutputFolder open(
            Configuration hadoop, String output, Fingerprint fingerprint, InputFiles inputs, boolean overwrite) {
        try {
            FileStore files = FileStore.of(new Path(output), hadoop);
            Path root = files.qualify(new Path(output));
            if (files.exists(root) && !files.isFolder(root)) {
                throw new InvalidInputException("--output " + output + " is a file; name a folder");
            }
            OutputFolder folder =
                    new OutputFolder(root, files, fingerprint, InputFileList.of(inputs), hadoop, overwrite);
            if (folder.state == State.UNCHANGED) {
                folder.commit.end(folder.committed);
            }
            return folder;
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidInputException("--output " + output + " cannot be used (" + e.getMessage() + ")", e);
        }
    }

    public State state() {
        return state;
    }

    /** The committed manifest. Only in state {@link State#UNCHANGED}. */
    public Manifest manifest() {
        if (state != State.UNCHANGED) {
            throw new IllegalStateException("the output is not complete");
        }
        return committed;
    }

    /** Where tasks write units; goes to executors. From now on the folder says whose work is in it. */
    public Staging staging() {
        try {
            begin();
            return staging;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The units that are complete now, by number. Of attempts that completed the same one, any will do.
     *
     * @throws InvalidInputException if another job has committed to the folder since it was opened, which took the units along
     */
    public SortedMap<Integer, CompleteUnit> completeUnits() {
        try {
            requireUntaken();
            Map<String, Long> staged = sizes(staging.data());
            SortedMap<Integer, CompleteUnit> units = new TreeMap<>();
            for (FileStatus sidecar : files.list(staging.units())) {
                if (!sidecar.getPath().getName().startsWith(".")) {
                    CompleteUnit unit = Json.read(
                            new String(files.read(sidecar.getPath()), StandardCharsets.UTF_8), CompleteUnit.class);
                    if (isWhole(unit, staged)) {
                        units.putIfAbsent(unit.unit(), unit);
                    }
                }
            }
            return units;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes the bad records to {@code _varlen/quarantine}, one JSON object per line.
     *
     * @return how many
     */
    public long quarantine(Iterator<BadRecord> records) {
        Path path = places.quarantine();
        Path temporary = new Path(path.getParent(), "." + path.getName());
        try {
            begin();
            files.delete(temporary);
            long count = 0;
            try (OutputStream out = new BufferedOutputStream(files.create(temporary))) {
                for (; records.hasNext(); count++) {
                    out.write((Json.line(records.next()) + "\n").getBytes(StandardCharsets.UTF_8));
                }
            }
            files.delete(path);
            files.move(temporary, path);
            return count;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Copies the tokenizer's files into the output. */
    public Manifest.TokenizerEntry keep(TokenizerSource tokenizer) {
        if (tokenizer.isTiktoken()) {
            return new Manifest.TokenizerEntry(tokenizer.name(), tokenizer.sha256(), null);
        }
        String folder = places.tokenizer();
        try {
            files.makeFolder(path(folder));
            Path work = places.staging();
            files.writeAtomically(path(folder + "/tokenizer.json"), tokenizer.json(), work);
            if (tokenizer.configJson() != null) {
                files.writeAtomically(path(folder + "/tokenizer_config.json"), tokenizer.configJson(), work);
            }
            return new Manifest.TokenizerEntry(tokenizer.name(), tokenizer.sha256(), folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Moves the units' files to their places, writes {@code _varlen/report.json} and the manifest, and removes the staging
     * folder and what the new output replaces.
     *
     * @param units all of them
     * @param describe makes the manifest of its fingerprint and parts
     */
    public Manifest commit(SortedMap<Integer, CompleteUnit> units, ManifestMaker describe) {
        return commit(units, Map.of(), describe);
    }

    /**
     * As {@link #commit(SortedMap, ManifestMaker)}, with files that tell of all units.
     *
     * @param indexes their contents by their names in the output folder
     * @throws InvalidInputException if another job has committed to the folder since it was opened; nothing of it is touched
     */
    public Manifest commit(
            SortedMap<Integer, CompleteUnit> units, Map<String, byte[]> indexes, ManifestMaker describe) {
        try {
            requireUntaken();
            return commit.run(units, indexes, parts -> describe.manifest(fingerprint, parts));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The data files that {@link #commit} will make of those units. */
    public List<Part> parts(SortedMap<Integer, CompleteUnit> units) {
        return commit.parts(units);
    }

    /** Makes a manifest. */
    public interface ManifestMaker {
        Manifest manifest(Fingerprint fingerprint, List<Part> parts);
    }

    /**
     * A unit whose files are all written.
     *
     * @param rows of all of it
     * @param files by kind, the names in the staging folder and their sizes
     * @param details what the job wanted to remember of it, as JSON
     * @param work what the task did that completed it
     */
    public record CompleteUnit(int unit, long rows, Map<UnitFile, StagedFile> files, String details, TaskWork work) {
        public CompleteUnit {
            work = work == null ? TaskWork.NONE : work; // of an earlier version, which did not remember it
        }
    }

    /** A file in the staging folder. */
    public record StagedFile(String name, long rows, long bytes) {}

    private State find(boolean overwrite) throws IOException {
        List<FileStatus> unfinished = files.list(path(STAGING));
        if (committed != null) {
            if (!committed.fingerprint().hex().equals(places.hex())) {
                Fingerprint other = committed.fingerprint();
                refuseUnless(
                        overwrite, "the output of another job", other, new OutputPlaces(root, other.hex()).inputs());
            } else if (!overwrite && !committed.allAppends().isEmpty()) {
                long appended = committed.allAppends().stream()
                        .mapToLong(Manifest.Append::documents)
                        .sum();
                throw new InvalidInputException("--output " + root + " is this job's output, but " + appended
                        + (appended == 1 ? " document was" : " documents were")
                        + " appended to it since; --append adds more, --overwrite packs this input alone anew");
            } else if (isIntact()
                    && committed.allRemovals().isEmpty()
                    && committed.allAppends().isEmpty()) {
                return State.UNCHANGED;
            } else if (!overwrite && !committed.allRemovals().isEmpty()) {
                long removed = committed.allRemovals().stream()
                        .mapToLong(Manifest.Removal::documents)
                        .sum();
                throw new InvalidInputException("--output " + root + " is this job's output, but " + removed
                        + (removed == 1 ? " document was" : " documents were")
                        + " removed from it since (listed in _varlen/removed); --overwrite packs everything anew,"
                        + " removed documents included");
            } else if (!overwrite) {
                throw new InvalidInputException("--output " + root
                        + " is this job's output, but parts are missing or cut short; --overwrite makes it anew");
            }
        } else if (unfinished.isEmpty() && holdsMoreThanInput(root, files)) {
            throw new InvalidInputException(
                    "--output " + root + " is not empty and not the output of a varlen job; name another folder");
        }
        for (FileStatus other : unfinished) {
            if (!other.getPath().getName().equals(places.hex())) {
                refuseUnless(
                        overwrite,
                        "unfinished work of another job",
                        readFingerprint(other.getPath()),
                        new Path(other.getPath(), staging.inputs().getName()));
            }
        }
        return files.exists(staging.fingerprint()) ? State.CONTINUE : State.NEW;
    }

    /** Two jobs may have found the folder free; who commits last is not to replace what nobody told it to. */
    private void requireUntaken() throws IOException {
        if (files.exists(path(MANIFEST))) {
            Fingerprint now = Manifest.read(files, path(MANIFEST)).fingerprint();
            boolean seen = committed != null
                    && now.hex().equals(committed.fingerprint().hex());
            if (!seen && !now.hex().equals(places.hex())) {
                throw new InvalidInputException("--output " + root + " was written by another job while this one ran: "
                        + String.join(", ", now.differences(fingerprint)) + "; run this one again with another folder");
            }
        }
    }

    private static boolean holdsMoreThanInput(Path root, FileStore files) throws IOException {
        for (FileStatus file : files.list(root)) {
            if (!file.getPath().getName().equals(METADATA)) {
                return true;
            }
        }
        for (FileStatus file : files.list(new Path(root, METADATA))) {
            if (!file.getPath().getName().equals(new Path(INPUT).getName())) {
                return true;
            }
        }
        return false;
    }

    /** @param otherInputs where the list of the other job's files is, if there is one */
    private void refuseUnless(boolean overwrite, String what, Fingerprint other, Path otherInputs) {
        if (overwrite) {
            return;
        }
        String remedy = "; name another folder, or --overwrite replaces it";
        if (other == null) {
            throw new InvalidInputException("--output " + root + " holds " + what + remedy);
        }
        Map<Integer, Changes> changes = changedFiles(other, otherInputs);
        String named = changes.entrySet().stream()
                .map(input -> " (files of input " + (input.getKey() + 1) + ": "
                        + input.getValue().describe() + ")")
                .collect(Collectors.joining());
        boolean onlyMore = committed != null
                && committed.packing() != null
                && other.sameButForFiles(fingerprint)
                && !changes.isEmpty()
                && changes.values().stream().allMatch(Changes::nothingButAdded);
        throw new InvalidInputException("--output " + root + " holds " + what + ": "
                + String.join(", ", other.differences(fingerprint))
                + (onlyMore
                        ? "; --append with the added files alone as --input adds them, --overwrite packs everything anew"
                        : remedy)
                + named); // last, as what is too long is cut at its end
    }

    /** By the number of the input, what became of its files; nothing where that is not known. */
    private Map<Integer, Changes> changedFiles(Fingerprint other, Path otherInputs) {
        Map<Integer, Changes> changed = new TreeMap<>();
        InputFileList before = InputFileList.read(files, otherInputs);
        if (before != null) {
            for (int source : other.changedInputs(fingerprint)) {
                Changes changes = before.changes(source, inputs);
                if (!changes.none()) {
                    changed.put(source, changes);
                }
            }
        }
        return changed;
    }

    /** What an unfinished job wanted; null if it was killed before it said so. */
    private Fingerprint readFingerprint(Path stagingFolder) throws IOException {
        Path path = new Path(stagingFolder, staging.fingerprint().getName());
        try {
            return files.exists(path)
                    ? Json.read(new String(files.read(path), StandardCharsets.UTF_8), Fingerprint.class)
                    : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    private void begin() throws IOException {
        if (!files.exists(staging.fingerprint())) {
            files.makeFolder(staging.data());
            files.makeFolder(staging.units());
            files.delete(staging.inputs());
            inputs.write(files, staging.inputs());
            files.writeAtomically(staging.fingerprint(), Json.page(fingerprint));
        }
    }

    private boolean isIntact() throws IOException {
        Map<Path, Map<String, Long>> folders = new HashMap<>();
        for (Part part : committed.parts()) {
            Path path = path(part.file());
            if (!folders.containsKey(path.getParent())) {
                folders.put(path.getParent(), sizes(path.getParent()));
            }
            if (!Long.valueOf(part.bytes()).equals(folders.get(path.getParent()).get(path.getName()))) {
                return false;
            }
        }
        return true;
    }

    /** Whether all files of a unit are still in the staging folder, or have been moved by a commit that was killed. */
    private boolean isWhole(CompleteUnit unit, Map<String, Long> staged) throws IOException {
        for (Map.Entry<UnitFile, StagedFile> file : unit.files().entrySet()) {
            long bytes = file.getValue().bytes();
            Path moved = path(places.unit(file.getKey(), unit.unit()));
            boolean whole =
                    Long.valueOf(bytes).equals(staged.get(file.getValue().name()))
                            || files.exists(moved) && files.size(moved) == bytes;
            if (!whole) {
                return false;
            }
        }
        return true;
    }

    private Map<String, Long> sizes(Path folder) throws IOException {
        Map<String, Long> sizes = new HashMap<>();
        for (FileStatus file : files.list(folder)) {
            sizes.put(file.getPath().getName(), file.getLen());
        }
        return sizes;
    }

    private Path path(String relative) {
        return places.path(relative);
    }
}
