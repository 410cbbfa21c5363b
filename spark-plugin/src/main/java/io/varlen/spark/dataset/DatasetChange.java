package io.varlen.spark.dataset;

import io.varlen.InvalidInputException;
import io.varlen.Sha256;
import io.varlen.spark.dataset.Manifest.Part;
import io.varlen.spark.internal.HadoopConfiguration;
import io.varlen.spark.internal.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.Function;

/**
 * A change of a committed packed dataset in its place. Parts are never edited: new ones, under new names, take the place
 * of old ones in the manifest, which is replaced at once; so readers, which trust the parts that the manifest names, see
 * the old dataset or the new one. Only then the old parts go. What a change that was killed left behind is deleted by the
 * next one. One change at a time; used on the driver.
 */
public final class DatasetChange {
    private static final String STAGING_PREFIX = "remove-";
    private static final String APPEND_PREFIX = "append-";
    private static final List<String> LISTS = List.of("empty", "dropped", "quarantine");

    /** What {@link FileStore#writeAtomically} writes to before it renames. */
    private static final Pattern HALF_WRITTEN = Pattern.compile("\\.(report|manifest)\\.(json|html)\\..*");

    private final Path root;
    private final FileStore files;
    private final Configuration hadoop;
    private final PackedDataset dataset;
    private final byte[] found;
    private String prefix;
    private Path stagingFolder;

    private DatasetChange(Path root, FileStore files, Configuration hadoop, PackedDataset dataset, byte[] found) {
        this.root = root;
        this.files = files;
        this.hadoop = hadoop;
        this.dataset = dataset;
        this.found = found;
    }

    /**
     * Opens a dataset to change it. Nothing is written yet.
     *
     * @throws InvalidInputException if the folder is not a packed dataset, or a part is missing or cut short
     */
    public static DatasetChange open(Configuration hadoop, String folder) {
        PackedDataset dataset = PackedDataset.open(hadoop, folder).requireIntact();
        try {
            FileStore files = FileStore.of(new Path(folder), hadoop);
            Path root = files.qualify(new Path(folder));
            byte[] found = files.read(new Path(root, OutputFolder.MANIFEST));
            return new DatasetChange(root, files, hadoop, dataset, found);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The dataset as it was found. */
    public PackedDataset dataset() {
        return dataset;
    }

    /** Deletes what changes that were killed left behind: whatever is ours and not named by the manifest. */
    public void tidy() {
        try {
            tidy(dataset.manifest());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Where tasks write new files; goes to executors.
     *
     * @param identity what is to be done; the same change of the same dataset has the same one
     */
    public Staging begin(String identity) {
        stagingFolder = new Path(root, OutputFolder.STAGING + "/" + STAGING_PREFIX + name(identity));
        Staging staging = new Staging(stagingFolder, new HadoopConfiguration(hadoop));
        try {
            files.makeFolder(staging.data());
            files.makeFolder(staging.units());
            return staging;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Where documents that are to be added are packed; the same documents to the same dataset have the same place.
     *
     * @param identity of the documents and of how they are packed
     */
    public String appendFolder(String identity) {
        return new Path(root, OutputFolder.STAGING + "/" + APPEND_PREFIX + name(identity)).toString();
    }

    /** Names the new files; gives the digits that their prefix begins with. */
    private String name(String identity) {
        String hex = null;
        for (int attempt = 0; prefix == null || isTaken(prefix); attempt++) {
            hex = Sha256.hexOf(attempt + " " + identity);
            prefix = OutputPlaces.prefix(hex);
        }
        return hex;
    }

    /**
     * Moves the files of {@code added}, which {@link #appendFolder} holds, behind those of the dataset, and writes the
     * report and the manifest.
     *
     * @param report for {@code _varlen/report.json}
     */
    public Manifest append(PackedDataset added, Map<String, Object> report) {
        try {
            Manifest old = dataset.manifest();
            Manifest more = added.manifest();
            List<Part> parts = new ArrayList<>(old.parts());
            for (int i = 0; i < more.parts().size(); i++) {
                Part part = more.parts().get(i);
                String name = UnitFile.PART.path(prefix, i);
                moveTo(added.path(part.file()), name);
                parts.add(new Part(name, part.rows(), part.bytes()));
            }
            for (String list : LISTS) {
                String folder = OutputFolder.METADATA + "/" + list;
                int number = 0;
                for (FileStatus file : files.list(added.path(folder))) {
                    moveTo(file.getPath(), String.format("%s/%s-%05d.jsonl", folder, prefix, number++));
                }
            }
            List<Manifest.Append> appends = new ArrayList<>(old.allAppends());
            Ledger.Entry total = more.packing().ledger().total();
            appends.add(new Manifest.Append(
                    more.fingerprint(),
                    prefix,
                    total.documents(),
                    more.packing().rows()));
            Manifest manifest = new Manifest(
                    old.format(),
                    old.fingerprint(),
                    parts,
                    old.tokenizer(),
                    old.packing().and(more.packing()),
                    report,
                    old.removals(),
                    appends);
            requireUndisturbed(manifest);
            files.delete(new Path(root, OutputFolder.PAGE)); // a page never outlives what it tells of
            files.writeAtomically(new Path(root, OutputFolder.REPORT), Json.page(report));
            files.writeAtomically(new Path(root, OutputFolder.MANIFEST), Json.page(manifest));
            tidy(manifest);
            return manifest;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Deletes what was packed to be added.
     *
     * @param kept the {@link #appendFolder} that is still of use; null if none is
     */
    public void tidyAppends(String kept) {
        try {
            Path staging = new Path(root, OutputFolder.STAGING);
            for (FileStatus folder : files.list(staging)) {
                Path path = folder.getPath();
                if (path.getName().startsWith(APPEND_PREFIX)
                        && !path.getName().equals(kept == null ? null : new Path(kept).getName())) {
                    files.delete(path);
                }
            }
            if (files.exists(staging) && files.list(staging).isEmpty()) {
                files.delete(staging);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The rows of a file in the staging folder, as a function of its name that can be sent to tasks. */
    public Function<String, PackedDataset.Rows> stagedReader() {
        String data = staging().data().toString();
        HadoopConfiguration configuration = new HadoopConfiguration(hadoop);
        return name -> PackedRowReader.open(new Path(data, name), configuration.get());
    }

    /**
     * Moves the new files to their places, writes the report and the manifest, and deletes what they replace.
     *
     * @param parts the new files by the index in the manifest of the part whose place they take
     * @param lists the new lists of removed documents
     * @param report for {@code _varlen/report.json}
     * @param describe makes the new manifest of its parts and the paths of the new lists
     */
    public Manifest commit(
            Map<Integer, NewPart> parts, List<String> lists, Map<String, Object> report, ManifestMaker describe) {
        try {
            List<Part> all = new ArrayList<>(dataset.manifest().parts());
            for (Map.Entry<Integer, NewPart> part : new TreeMap<>(parts).entrySet()) {
                String name = UnitFile.PART.path(prefix, part.getKey());
                move(part.getValue().stagedName(), name);
                all.set(
                        part.getKey(),
                        new Part(name, part.getValue().rows(), part.getValue().bytes()));
            }
            List<String> listed = new ArrayList<>();
            for (int i = 0; i < lists.size(); i++) {
                listed.add(UnitFile.REMOVED.path(prefix, i));
                move(lists.get(i), listed.get(i));
            }
            Manifest manifest = describe.manifest(all, listed);
            requireUndisturbed(manifest);
            files.delete(new Path(root, OutputFolder.PAGE)); // a page never outlives what it tells of
            files.writeAtomically(new Path(root, OutputFolder.REPORT), Json.page(report));
            files.writeAtomically(new Path(root, OutputFolder.MANIFEST), Json.page(manifest));
            tidy(manifest);
            return manifest;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A file in the staging folder that takes the place of a part.
     *
     * @param rows that it holds
     * @param bytes its size
     */
    public record NewPart(String stagedName, long rows, long bytes) {}

    /** Makes a manifest. */
    public interface ManifestMaker {
        Manifest manifest(List<Part> parts, List<String> removedLists);
    }

    private Staging staging() {
        return new Staging(stagingFolder, new HadoopConfiguration(hadoop));
    }

    private boolean isTaken(String candidate) {
        Manifest manifest = dataset.manifest();
        return manifest.parts().stream().anyMatch(part -> part.file().startsWith(candidate))
                || manifest.allRemovals().stream()
                        .flatMap(removal -> removal.files().stream())
                        .anyMatch(file -> file.contains("/" + candidate));
    }

    private void move(String stagedName, String to) throws IOException {
        moveTo(new Path(staging().data(), stagedName), to);
    }

    private void moveTo(Path from, String to) throws IOException {
        Path target = new Path(root, to);
        files.makeFolder(target.getParent());
        files.delete(target);
        files.move(from, target);
    }

    /** Another job may have worked in the folder meanwhile; what it did must not be undone unseen. */
    private void requireUndisturbed(Manifest next) throws IOException {
        if (!Arrays.equals(found, files.read(new Path(root, OutputFolder.MANIFEST)))) {
            throw new InvalidInputException(
                    root + " was changed by another job meanwhile; nothing was removed, run the command again");
        }
        for (Part part : next.parts()) {
            Path path = new Path(root, part.file());
            if (!files.exists(path) || files.size(path) != part.bytes()) {
                throw new IllegalStateException(path + " is gone or changed: another job is at work in the folder;"
                        + " nothing was removed, run the command again");
            }
        }
    }

    private void tidy(Manifest manifest) throws IOException {
        Set<String> named = new HashSet<>();
        manifest.parts().forEach(part -> named.add(part.file()));
        manifest.allRemovals().forEach(removal -> named.addAll(removal.files()));
        for (FileStatus file : files.list(root)) {
            String name = file.getPath().getName();
            if (OutputFolder.OUR_FILE.matcher(name).matches() && !named.contains(name)) {
                files.delete(file.getPath());
            }
        }
        Path removed = new Path(root, OutputFolder.METADATA + "/removed");
        for (FileStatus file : files.list(removed)) {
            if (!named.contains(
                    OutputFolder.METADATA + "/removed/" + file.getPath().getName())) {
                files.delete(file.getPath());
            }
        }
        for (String list : LISTS) {
            for (FileStatus file : files.list(new Path(root, OutputFolder.METADATA + "/" + list))) {
                if (!manifest.owns(file.getPath().getName())) {
                    files.delete(file.getPath());
                }
            }
        }
        boolean changed = manifest != dataset.manifest();
        for (FileStatus file : files.list(new Path(root, OutputFolder.METADATA))) {
            if (HALF_WRITTEN.matcher(file.getPath().getName()).matches()) {
                files.delete(file.getPath());
            }
        }
        Path staging = new Path(root, OutputFolder.STAGING);
        for (FileStatus folder : files.list(staging)) {
            String name = folder.getPath().getName();
            // an addition that is not complete can be continued as long as the dataset is what it is to be added to
            if (name.startsWith(STAGING_PREFIX) || changed && name.startsWith(APPEND_PREFIX)) {
                files.delete(folder.getPath());
            }
        }
        if (files.exists(staging) && files.list(staging).isEmpty()) {
            files.delete(staging);
        }
    }
}
