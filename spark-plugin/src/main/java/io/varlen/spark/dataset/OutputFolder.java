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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 * them. Used on the driver.
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

    static final int PREFIX_DIGITS = 8;
    static final Pattern OUR_FILE = Pattern.compile("part-[0-9a-f]{8}-[0-9]{5,}(\\..+)?");
    private static final Pattern OUR_INDEX = Pattern.compile("index-[0-9a-f]{8}");
    private static final Pattern OUR_TOKENIZER = Pattern.compile("tokenizer-[0-9a-f]{8}");
    private static final Pattern OUR_INPUTS = Pattern.compile("inputs-[0-9a-f]{8}\\.jsonl\\.gz");

    private final Path root;
    private final FileStore files;
    private final Fingerprint fingerprint;
    private final String hex;
    private final InputFileList inputs;
    private final Staging staging;
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
        this.hex = fingerprint.hex();
        this.staging = new Staging(new Path(root, STAGING + "/" + hex), new HadoopConfiguration(hadoop));
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
                folder.endCommit();
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
        Path path = path(METADATA + "/quarantine/" + prefix() + "-00000.jsonl");
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
        String folder = METADATA + "/tokenizer-" + hex.substring(0, PREFIX_DIGITS);
        try {
            files.makeFolder(path(folder));
            Path work = new Path(path(STAGING), hex);
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
            for (CompleteUnit unit : units.values()) {
                for (Map.Entry<UnitFile, StagedFile> file : unit.files().entrySet()) {
                    Path staged = new Path(staging.data(), file.getValue().name());
                    if (files.exists(staged)) {
                        replace(staged, path(finalPath(file.getKey(), unit.unit())));
                    }
                }
            }
            if (files.exists(staging.inputs())) {
                replace(staging.inputs(), keptInputs(fingerprint));
            }
            for (Map.Entry<String, byte[]> index : indexes.entrySet()) {
                files.makeFolder(keptIndexes());
                files.writeAtomically(
                        new Path(keptIndexes(), index.getKey()), index.getValue(), new Path(path(STAGING), hex));
            }
            placeIndexes();
            Manifest manifest = describe.manifest(fingerprint, parts(units));
            // by way of the staging folder, which goes, so that a commit that is killed leaves nothing half-written
            // behind
            Path work = new Path(path(STAGING), hex);
            files.delete(path(PAGE)); // a page never outlives what it tells of
            files.writeAtomically(path(REPORT), Json.page(manifest.figures()), work);
            files.writeAtomically(path(MANIFEST), Json.page(manifest), work);
            tidy(manifest);
            files.delete(path(STAGING));
            return manifest;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The data files that {@link #commit} will make of those units. */
    public List<Part> parts(SortedMap<Integer, CompleteUnit> units) {
        List<Part> parts = new ArrayList<>();
        for (CompleteUnit unit : units.values()) {
            unit.files().forEach((kind, file) -> {
                if (kind.isData()) {
                    parts.add(new Part(finalPath(kind, unit.unit()), file.rows(), file.bytes()));
                }
            });
        }
        return parts;
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
            if (!committed.fingerprint().hex().equals(hex)) {
                Fingerprint other = committed.fingerprint();
                refuseUnless(overwrite, "the output of another job", other, keptInputs(other));
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
            if (!other.getPath().getName().equals(hex)) {
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
            if (!seen && !now.hex().equals(hex)) {
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

    /** What a commit still has to do behind the manifest, if it was killed there. */
    private void endCommit() throws IOException {
        placeIndexes();
        tidy(committed);
        files.delete(new Path(path(STAGING), hex));
        if (files.list(path(STAGING)).isEmpty()) {
            files.delete(path(STAGING));
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

    /** Where the list of the files that a committed job read is. */
    private Path keptInputs(Fingerprint of) {
        return path(METADATA + "/inputs-" + of.hex().substring(0, PREFIX_DIGITS) + ".jsonl.gz");
    }

    /** Where copies of the indexes are, whose names in the output folder another job's may have. */
    private Path keptIndexes() {
        return path(METADATA + "/index-" + hex.substring(0, PREFIX_DIGITS));
    }

    /** Puts the indexes to their places, where another job may have put its own before it was killed. */
    private void placeIndexes() throws IOException {
        for (FileStatus index : files.list(keptIndexes())) {
            String name = index.getPath().getName();
            byte[] bytes = files.read(index.getPath());
            if (!(files.exists(path(name)) && Arrays.equals(files.read(path(name)), bytes))) {
                files.writeAtomically(path(name), bytes, new Path(path(STAGING), hex));
            }
        }
    }

    /** Deletes the indexes of a replaced output, but not those in whose places are ours. */
    private void deleteIndexes(Path kept) throws IOException {
        for (FileStatus index : files.list(kept)) {
            String name = index.getPath().getName();
            if (!files.exists(new Path(keptIndexes(), name))) {
                files.delete(path(name));
            }
        }
        files.delete(kept);
    }

    /** Whether all files of a unit are still in the staging folder, or have been moved by a commit that was killed. */
    private boolean isWhole(CompleteUnit unit, Map<String, Long> staged) throws IOException {
        for (Map.Entry<UnitFile, StagedFile> file : unit.files().entrySet()) {
            long bytes = file.getValue().bytes();
            Path moved = path(finalPath(file.getKey(), unit.unit()));
            boolean whole =
                    Long.valueOf(bytes).equals(staged.get(file.getValue().name()))
                            || files.exists(moved) && files.size(moved) == bytes;
            if (!whole) {
                return false;
            }
        }
        return true;
    }

    /** Deletes the files of an output that {@code manifest} has replaced. */
    private void tidy(Manifest manifest) throws IOException {
        Set<String> parts = new HashSet<>();
        manifest.parts().forEach(part -> parts.add(part.file().replaceFirst("/.*", "")));
        for (FileStatus file : files.list(root)) {
            String name = file.getPath().getName();
            if (OUR_FILE.matcher(name).matches() && !parts.contains(name)) {
                files.delete(file.getPath());
            }
        }
        for (String folder : List.of("empty", "dropped", "quarantine", "removed")) {
            for (FileStatus file : files.list(path(METADATA + "/" + folder))) {
                if (!file.getPath().getName().startsWith(prefix())) {
                    files.delete(file.getPath());
                }
            }
        }
        for (FileStatus file : files.list(path(METADATA))) {
            String name = file.getPath().getName();
            if (OUR_TOKENIZER.matcher(name).matches() && !name.endsWith(hex.substring(0, PREFIX_DIGITS))) {
                files.delete(file.getPath());
            }
            if (OUR_INPUTS.matcher(name).matches()
                    && !name.equals(keptInputs(manifest.fingerprint()).getName())) {
                files.delete(file.getPath());
            }
            if (OUR_INDEX.matcher(name).matches() && !name.endsWith(hex.substring(0, PREFIX_DIGITS))) {
                deleteIndexes(file.getPath());
            }
        }
    }

    private void replace(Path from, Path to) throws IOException {
        files.makeFolder(to.getParent());
        files.delete(to);
        files.move(from, to);
    }

    private Map<String, Long> sizes(Path folder) throws IOException {
        Map<String, Long> sizes = new HashMap<>();
        for (FileStatus file : files.list(folder)) {
            sizes.put(file.getPath().getName(), file.getLen());
        }
        return sizes;
    }

    private String finalPath(UnitFile kind, int unit) {
        return kind.path(prefix(), unit);
    }

    private String prefix() {
        return prefix(fingerprint);
    }

    /** What the names of a job's files begin with. */
    static String prefix(Fingerprint fingerprint) {
        return "part-" + fingerprint.hex().substring(0, PREFIX_DIGITS);
    }

    private Path path(String relative) {
        return new Path(root, relative);
    }
}
