package io.varlen.spark.dataset;

import io.varlen.InvalidInputException;
import io.varlen.packing.PackedRow;
import io.varlen.packing.RowCheck;
import io.varlen.spark.internal.HadoopConfiguration;
import io.varlen.spark.internal.Sha256;
import io.varlen.spark.internal.TaskIterators;
import io.varlen.tokenizer.TokenizerSource;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;

/** A committed packed dataset. */
public final class PackedDataset {
    private final Path root;
    private final FileStore files;
    private final Configuration hadoop;
    private final Manifest manifest;

    private PackedDataset(Path root, FileStore files, Configuration hadoop, Manifest manifest) {
        this.root = root;
        this.files = files;
        this.hadoop = hadoop;
        this.manifest = manifest;
    }

    /**
     * Reads the manifest.
     *
     * @throws InvalidInputException if the folder is not a packed dataset
     */
    public static PackedDataset open(Configuration hadoop, String folder) {
        try {
            FileStore files = FileStore.of(new Path(folder), hadoop);
            Path root = files.qualify(new Path(folder));
            Path path = new Path(root, OutputFolder.MANIFEST);
            if (!files.exists(path)) {
                throw new InvalidInputException(folder + " is not a packed dataset: "
                        + (files.exists(root) ? "it has no " + OutputFolder.MANIFEST : "it does not exist"));
            }
            Manifest manifest = Manifest.read(files, path);
            if (manifest.packing() == null || manifest.tokenizer() == null) {
                throw new InvalidInputException(folder + " is not a packed dataset: it is the output of "
                        + manifest.fingerprint().command());
            }
            return new PackedDataset(root, files, hadoop, manifest);
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidInputException(folder + " cannot be read (" + e.getMessage() + ")", e);
        }
    }

    public Manifest manifest() {
        return manifest;
    }

    /** What the shape of every row must be. */
    public RowCheck rowCheck() {
        return new RowCheck(manifest.packing().seqLen(), manifest.packing().padId());
    }

    /**
     * The tokenizer that made the tokens.
     *
     * @throws InvalidInputException if the copy of its file is missing or is not what the manifest says
     */
    public TokenizerSource tokenizer() {
        Manifest.TokenizerEntry entry = manifest.tokenizer();
        if (entry.folder() == null) {
            return new TokenizerSource(entry.name(), null, null, entry.sha256());
        }
        Path folder = new Path(root, entry.folder());
        try {
            byte[] json = files.read(new Path(folder, "tokenizer.json"));
            if (!Sha256.hexOf(json).equals(entry.sha256())) {
                throw new InvalidInputException(
                        folder + "/tokenizer.json is not the file that the dataset was made with;"
                                + " its SHA-256 must be " + entry.sha256());
            }
            Path config = new Path(folder, "tokenizer_config.json");
            byte[] configJson = files.exists(config) ? files.read(config) : null;
            return new TokenizerSource(entry.name(), json, configJson, entry.sha256());
        } catch (IOException e) {
            throw new InvalidInputException(folder + "/tokenizer.json cannot be read (" + e.getMessage() + ")", e);
        }
    }

    /**
     * All rows, one partition per part, as {@link StoredRow#toPackedRow} makes them: a broken row fails its task with a
     * message that names it.
     */
    public JavaRDD<PackedRow> rows(JavaSparkContext spark) {
        int seqLen = manifest.packing().seqLen();
        int padId = manifest.packing().padId();
        return storedRows(spark).map(row -> row.toPackedRow(new RowCheck(seqLen, padId)));
    }

    /** All rows as they are stored, one partition per part. */
    public JavaRDD<StoredRow> storedRows(JavaSparkContext spark) {
        List<String> paths = partPaths();
        HadoopConfiguration configuration = new HadoopConfiguration(hadoop);
        return spark.parallelize(paths, Math.max(1, paths.size()))
                .flatMap(path -> TaskIterators.closing(PackedRowReader.open(new Path(path), configuration.get())));
    }

    /**
     * The rows of one part as they are stored.
     *
     * @throws InvalidInputException if the part is missing or is no Parquet file with the columns of a packed dataset; so
     *     do the rows where the file is damaged
     */
    public Rows read(Manifest.Part part) {
        return PackedRowReader.open(new Path(root, part.file()), hadoop);
    }

    /** {@link #read} as a function of a part's file name that can be sent to tasks. */
    public Function<String, Rows> reader() {
        String folder = root.toString();
        HadoopConfiguration configuration = new HadoopConfiguration(hadoop);
        return file -> PackedRowReader.open(new Path(folder, file), configuration.get());
    }

    /**
     * How many records are listed in {@code _varlen/<list>}.
     *
     * @param list {@code empty}, {@code dropped}, {@code removed} or {@code quarantine}
     */
    public long listed(JavaSparkContext spark, String list) {
        return listLines(spark, list).count();
    }

    /**
     * The documents that are listed in {@code _varlen/<list>}. Those of {@code empty} and {@code dropped} are as packing found
     * them; some may have been removed since.
     *
     * @param list {@code empty}, {@code dropped} or {@code removed}
     */
    public JavaRDD<ListedDocument> listedDocuments(JavaSparkContext spark, String list) {
        return listLines(spark, list).map(ListedDocument::ofJson);
    }

    /** @throws InvalidInputException if a part that the manifest names is missing or cut short, naming it */
    public PackedDataset requireIntact() {
        try {
            Map<String, Long> sizes = new HashMap<>();
            files.list(root).forEach(file -> sizes.put(file.getPath().getName(), file.getLen()));
            for (Manifest.Part part : manifest.parts()) {
                Long bytes = sizes.get(part.file());
                if (bytes == null || bytes != part.bytes()) {
                    throw new InvalidInputException(root + " is damaged: " + part.file()
                            + (bytes == null ? " is missing" : " has " + bytes + " bytes instead of " + part.bytes())
                            + "; verify lists all damage");
                }
            }
            return this;
        } catch (IOException e) {
            throw new InvalidInputException(root + " cannot be read (" + e.getMessage() + ")", e);
        }
    }

    /** The paths of all parts. */
    public List<String> partPaths() {
        return manifest.parts().stream()
                .map(part -> new Path(root, part.file()).toString())
                .toList();
    }

    /** Only what the manifest names counts: a removal that was killed may have left other lists of removed documents. */
    private JavaRDD<String> listLines(JavaSparkContext spark, String list) {
        List<String> lists = list.equals("removed")
                ? manifest.allRemovals().stream()
                        .flatMap(removal -> removal.files().stream())
                        .filter(this::isThere)
                        .toList()
                : filesIn(OutputFolder.METADATA + "/" + list);
        if (lists.isEmpty()) {
            return spark.emptyRDD();
        }
        String folder = root.toString();
        HadoopConfiguration configuration = new HadoopConfiguration(hadoop);
        return spark.parallelize(lists, lists.size())
                .flatMap(file -> TaskIterators.closing(JsonLines.open(new Path(folder, file), configuration.get())));
    }

    private boolean isThere(String file) {
        try {
            return files.exists(new Path(root, file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> filesIn(String folder) {
        try {
            return files.list(new Path(root, folder)).stream()
                    .map(file -> file.getPath().getName())
                    .filter(name -> name.endsWith(".jsonl") && !name.startsWith("."))
                    .map(name -> folder + "/" + name)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Rows of one part, in their order. */
    public interface Rows extends Iterator<StoredRow>, Closeable {
        @Override
        void close();
    }
}
