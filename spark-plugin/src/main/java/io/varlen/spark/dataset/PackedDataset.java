package io.varlen.spark.dataset;

import io.varlen.InvalidInputException;
import io.varlen.Sha256;
import io.varlen.packing.PackedRow;
import io.varlen.packing.RowCheck;
import io.varlen.spark.input.DocumentColumns;
import io.varlen.spark.input.InputFormat;
import io.varlen.spark.input.InputOptions;
import io.varlen.spark.internal.HadoopConfiguration;
import io.varlen.spark.internal.TaskIterators;
import io.varlen.tokenizer.TokenizerSource;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import scala.Tuple2;

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

    /** The first of these folders that a job of ours wrote, or is about to. */
    public static Optional<String> among(List<String> folders, Configuration hadoop) {
        return folders.stream()
                .filter(folder -> {
                    try {
                        Path ours = new Path(folder, OutputFolder.METADATA);
                        return ours.getFileSystem(hadoop).exists(ours);
                    } catch (IOException | IllegalArgumentException e) {
                        throw new InvalidInputException(
                                "the input " + folder + " cannot be read (" + e.getMessage() + ")", e);
                    }
                })
                .findFirst();
    }

    public Manifest manifest() {
        return manifest;
    }

    /** Its documents as the input of a job. */
    public InputOptions asInput() {
        Manifest.PackingEntry packing = manifest.packing();
        DocumentColumns columns = DocumentColumns.packed(packing.content(), packing.lossMask());
        return new InputOptions(List.of(root.toString()), InputFormat.PARQUET, columns, null);
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

    /**
     * The documents, brought together from the rows that hold them; those without a token too.
     *
     * @param byKey partitions {@link DocumentKey}s; must keep the pieces of a document together
     * @param wanted says of an id whether its document is
     * @return by partition in the order of the ids
     */
    public JavaRDD<PackedDocument> documents(
            JavaSparkContext spark, Partitioner byKey, Function<String, Boolean> wanted) {
        return rows(spark)
                .flatMapToPair(row -> PackedPieces.of(row).iterator())
                .union(emptyDocuments(spark))
                .filter(piece -> wanted.call(piece._1().docId()))
                .repartitionAndSortWithinPartitions(byKey)
                .mapPartitions(PackedPieces::join);
    }

    private JavaPairRDD<DocumentKey, PackedPieces.Piece> emptyDocuments(JavaSparkContext spark) {
        Ledger.Entry total = manifest.packing().ledger().total();
        if (total.emptyDocuments() == 0) {
            return spark.<Tuple2<DocumentKey, PackedPieces.Piece>>emptyRDD().mapToPair(piece -> piece);
        }
        JavaPairRDD<String, Integer> listed = sources(listedDocuments(spark, "empty"));
        JavaPairRDD<String, Integer> left = total.removedDocuments() == 0
                ? listed
                : listed.subtractByKey(sources(listedDocuments(spark, "removed")));
        return left.mapToPair(empty ->
                new Tuple2<>(new DocumentKey(empty._1(), 0), new PackedPieces.Piece(empty._2(), 0, new int[0], null)));
    }

    private static JavaPairRDD<String, Integer> sources(JavaRDD<ListedDocument> documents) {
        return documents.mapToPair(document -> new Tuple2<>(document.docId(), document.source()));
    }

    /** What keeps the documents from being whole, in words that follow "it"; empty if all are. */
    public Optional<String> incomplete() {
        Ledger.Entry total = manifest.packing().ledger().total();
        long missing = total.droppedTokens() + total.truncatedTokens();
        if (missing > 0 || total.droppedDocuments() > 0) {
            return Optional.of("lacks " + missing + " tokens that packing dropped or truncated");
        }
        return total.repeatedTokens() > 0
                ? Optional.of("repeats " + total.repeatedTokens() + " tokens where chunks overlap")
                : Optional.empty();
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

    Path path(String relative) {
        return new Path(root, relative);
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
                : ListLines.files(files, root, manifest, list);
        return ListLines.of(spark, root, hadoop, lists);
    }

    private boolean isThere(String file) {
        try {
            return files.exists(new Path(root, file));
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
