package io.varlen.spark.dataset;

import io.varlen.spark.dataset.Manifest.Part;
import io.varlen.spark.dataset.OutputFolder.CompleteUnit;
import io.varlen.spark.dataset.OutputFolder.StagedFile;
import io.varlen.spark.internal.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Makes staged units the output, and deletes what that replaces. It may be killed anywhere: what is before the manifest is
 * done by the next commit of the same job, which finds some files moved already, and what is behind it by {@link #end}.
 */
final class OutputCommit {
    private static final Pattern OUR_INDEXES = Pattern.compile("index-[0-9a-f]{8}");
    private static final Pattern OUR_TOKENIZER = Pattern.compile("tokenizer-[0-9a-f]{8}");
    private static final Pattern OUR_INPUTS = Pattern.compile("inputs-[0-9a-f]{8}\\.jsonl\\.gz");

    private final FileStore files;
    private final OutputPlaces places;
    private final Staging staging;

    OutputCommit(FileStore files, OutputPlaces places, Staging staging) {
        this.files = files;
        this.places = places;
        this.staging = staging;
    }

    /**
     * All of it, in the order that lets it be killed.
     *
     * @param indexes files that tell of all units, by their names in the output folder
     * @param describe makes the manifest of the data files
     */
    Manifest run(
            SortedMap<Integer, CompleteUnit> units,
            Map<String, byte[]> indexes,
            Function<List<Part>, Manifest> describe)
            throws IOException {
        placeUnits(units);
        placeInputs();
        keepIndexes(indexes);
        placeIndexes();
        Manifest manifest = describe.apply(parts(units));
        files.delete(places.path(OutputFolder.PAGE)); // a page never outlives what it tells of
        write(OutputFolder.REPORT, Json.page(manifest.figures()));
        write(OutputFolder.MANIFEST, Json.page(manifest));
        tidy(manifest);
        files.delete(places.path(OutputFolder.STAGING));
        return manifest;
    }

    /** What a commit that was killed behind its manifest still has to do. */
    void end(Manifest committed) throws IOException {
        placeIndexes();
        tidy(committed);
        files.delete(places.staging());
        if (files.list(places.path(OutputFolder.STAGING)).isEmpty()) {
            files.delete(places.path(OutputFolder.STAGING));
        }
    }

    /** The data files of those units, when they are in their places. */
    List<Part> parts(SortedMap<Integer, CompleteUnit> units) {
        List<Part> parts = new ArrayList<>();
        for (CompleteUnit unit : units.values()) {
            unit.files().forEach((kind, file) -> {
                if (kind.isData()) {
                    parts.add(new Part(places.unit(kind, unit.unit()), file.rows(), file.bytes()));
                }
            });
        }
        return parts;
    }

    private void placeUnits(SortedMap<Integer, CompleteUnit> units) throws IOException {
        for (CompleteUnit unit : units.values()) {
            for (Map.Entry<UnitFile, StagedFile> file : unit.files().entrySet()) {
                Path staged = new Path(staging.data(), file.getValue().name());
                if (files.exists(staged)) {
                    replace(staged, places.path(places.unit(file.getKey(), unit.unit())));
                }
            }
        }
    }

    private void placeInputs() throws IOException {
        if (files.exists(staging.inputs())) {
            replace(staging.inputs(), places.inputs());
        }
    }

    /** Writes copies of the indexes where no other job's are. */
    private void keepIndexes(Map<String, byte[]> indexes) throws IOException {
        for (Map.Entry<String, byte[]> index : indexes.entrySet()) {
            files.makeFolder(places.indexes());
            files.writeAtomically(new Path(places.indexes(), index.getKey()), index.getValue(), places.staging());
        }
    }

    /** Puts the indexes to their places, where another job may have put its own before it was killed. */
    private void placeIndexes() throws IOException {
        for (FileStatus index : files.list(places.indexes())) {
            String name = index.getPath().getName();
            byte[] bytes = files.read(index.getPath());
            if (!(files.exists(places.path(name)) && Arrays.equals(files.read(places.path(name)), bytes))) {
                write(name, bytes);
            }
        }
    }

    /** Deletes the files of an output that {@code manifest} has replaced. */
    private void tidy(Manifest manifest) throws IOException {
        tidyParts(manifest);
        for (String list : List.of("empty", "dropped", "quarantine", "removed")) {
            tidyList(list);
        }
        tidyMetadata();
    }

    private void tidyParts(Manifest manifest) throws IOException {
        Set<String> parts = new HashSet<>();
        manifest.parts().forEach(part -> parts.add(part.file().replaceFirst("/.*", "")));
        for (FileStatus file : files.list(places.root())) {
            String name = file.getPath().getName();
            if (OutputFolder.OUR_FILE.matcher(name).matches() && !parts.contains(name)) {
                files.delete(file.getPath());
            }
        }
    }

    private void tidyList(String list) throws IOException {
        for (FileStatus file : files.list(places.path(OutputFolder.METADATA + "/" + list))) {
            if (!file.getPath().getName().startsWith(places.prefix())) {
                files.delete(file.getPath());
            }
        }
    }

    private void tidyMetadata() throws IOException {
        Set<String> ours = Set.of(
                places.inputs().getName(),
                places.indexes().getName(),
                places.path(places.tokenizer()).getName());
        for (FileStatus file : files.list(places.path(OutputFolder.METADATA))) {
            String name = file.getPath().getName();
            if (ours.contains(name)) {
                continue;
            }
            if (OUR_TOKENIZER.matcher(name).matches()
                    || OUR_INPUTS.matcher(name).matches()) {
                files.delete(file.getPath());
            } else if (OUR_INDEXES.matcher(name).matches()) {
                deleteIndexes(file.getPath());
            }
        }
    }

    /** Deletes the indexes of a replaced output, but not those in whose places are ours. */
    private void deleteIndexes(Path kept) throws IOException {
        for (FileStatus index : files.list(kept)) {
            String name = index.getPath().getName();
            if (!files.exists(new Path(places.indexes(), name))) {
                files.delete(places.path(name));
            }
        }
        files.delete(kept);
    }

    private void replace(Path from, Path to) throws IOException {
        files.makeFolder(to.getParent());
        files.delete(to);
        files.move(from, to);
    }

    /** By way of the staging folder, which goes, so that a commit that is killed leaves nothing half-written behind. */
    private void write(String name, byte[] bytes) throws IOException {
        files.writeAtomically(places.path(name), bytes, places.staging());
    }
}
