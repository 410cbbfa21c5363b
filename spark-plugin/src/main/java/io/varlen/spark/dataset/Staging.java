package io.varlen.spark.dataset;

import io.varlen.spark.dataset.OutputFolder.CompleteUnit;
import io.varlen.spark.dataset.OutputFolder.StagedFile;
import io.varlen.spark.internal.HadoopConfiguration;
import io.varlen.spark.internal.Json;
import io.varlen.spark.metrics.TaskMetrics;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.util.HadoopStreams;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;

/**
 * Writes units, in tasks. Any number of attempts may write the same unit at the same time and be killed anywhere: each
 * writes files of its own, and a unit exists when one of them has {@link Unit#complete completed} it.
 */
public final class Staging implements Serializable {
    private final String folder;
    private final HadoopConfiguration hadoop;

    Staging(Path folder, HadoopConfiguration hadoop) {
        this.folder = folder.toString();
        this.hadoop = hadoop;
    }

    Path data() {
        return new Path(folder, "data");
    }

    Path units() {
        return new Path(folder, "units");
    }

    Path fingerprint() {
        return new Path(folder, "fingerprint.json");
    }

    Path inputs() {
        return new Path(folder, "inputs.jsonl.gz");
    }

    /** Begins an attempt at one unit. */
    public Unit begin(int unit) throws IOException {
        return new Unit(unit, FileStore.of(new Path(folder), hadoop.get()));
    }

    /** One attempt at one unit. Closing it without completing it deletes what it wrote. */
    public final class Unit implements AutoCloseable {
        private final int unit;
        private final FileStore files;
        private final String attempt = UUID.randomUUID().toString();
        private final Map<UnitFile, Path> written = new TreeMap<>();
        private boolean complete;

        private Unit(int unit, FileStore files) {
            this.unit = unit;
            this.files = files;
        }

        /** Where to write the unit's data with a Parquet writer, which must be closed before {@link #complete}. */
        public OutputFile parquet() {
            return parquet(UnitFile.PART);
        }

        /** Where to write a file of the unit with a Parquet writer, which must be closed before {@link #complete}. */
        public OutputFile parquet(UnitFile kind) {
            return new ParquetFile(this, kind);
        }

        /** A file of the unit, to be closed before {@link #complete}. */
        public OutputStream create(UnitFile kind) throws IOException {
            return files.create(path(kind));
        }

        /**
         * The unit is complete.
         *
         * @param rows of each of its data files
         * @param details JSON that {@link OutputFolder.CompleteUnit#details()} gives back
         * @return its files in the staging folder
         */
        public Map<UnitFile, StagedFile> complete(long rows, String details) throws IOException {
            return complete(rows, Map.of(), details);
        }

        /**
         * The unit is complete.
         *
         * @param rows of all of it
         * @param rowsOf data files that hold not all of its rows, with how many they hold
         * @param details JSON that {@link OutputFolder.CompleteUnit#details()} gives back
         * @return its files
         */
        public Map<UnitFile, StagedFile> complete(long rows, Map<UnitFile, Long> rowsOf, String details)
                throws IOException {
            Map<UnitFile, StagedFile> staged = new TreeMap<>();
            for (Map.Entry<UnitFile, Path> file : written.entrySet()) {
                staged.put(
                        file.getKey(),
                        new StagedFile(
                                file.getValue().getName(),
                                rowsOf.getOrDefault(file.getKey(), rows),
                                files.size(file.getValue())));
            }
            String name = String.format("unit-%05d-%s.json", unit, attempt);
            files.writeAtomically(
                    new Path(units(), name),
                    Json.page(new CompleteUnit(
                            unit, rows, staged, details, TaskMetrics.current().work())));
            complete = true;
            return staged;
        }

        @Override
        public void close() throws IOException {
            if (!complete) {
                for (Path path : written.values()) {
                    files.delete(path);
                }
            }
        }

        private Path path(UnitFile kind) {
            return written.computeIfAbsent(kind, k -> new Path(data(), k.stagedName(unit, attempt)));
        }
    }

    /** A file as parquet-hadoop wants to see it. */
    private record ParquetFile(Unit unit, UnitFile kind) implements OutputFile {
        @Override
        public PositionOutputStream create(long blockSizeHint) throws IOException {
            return HadoopStreams.wrap(unit.files.create(unit.path(kind)));
        }

        @Override
        public PositionOutputStream createOrOverwrite(long blockSizeHint) throws IOException {
            return create(blockSizeHint);
        }

        @Override
        public boolean supportsBlockSize() {
            return false;
        }

        @Override
        public long defaultBlockSize() {
            return 0;
        }
    }
}
