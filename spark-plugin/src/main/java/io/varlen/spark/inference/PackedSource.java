package io.varlen.spark.inference;

import io.varlen.InvalidInputException;
import io.varlen.packing.SpecialTokensPolicy;
import io.varlen.spark.dataset.Ledger;
import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.input.BadRecord;
import io.varlen.spark.input.DocumentColumns;
import io.varlen.spark.input.InputFiles;
import io.varlen.spark.input.InputFormat;
import io.varlen.spark.input.InputOptions;
import io.varlen.tokenizer.SpecialTokens;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The documents of a packed dataset. Their pieces are brought together and the special tokens that packing added are taken
 * off, so that the model is given what it would be given of the text.
 */
public final class PackedSource implements TokenSource {
    /** Of text, roughly, in the scripts that most corpora are in. */
    private static final int BYTES_PER_TOKEN = 4;

    private final JavaSparkContext spark;
    private final PackedDataset dataset;
    private final InputFiles files;
    private final SpecialTokens special;

    private PackedSource(JavaSparkContext spark, PackedDataset dataset, InputFiles files, SpecialTokens special) {
        this.spark = spark;
        this.dataset = dataset;
        this.files = files;
        this.special = special;
    }

    /**
     * Opens the packed dataset in a folder.
     *
     * @param command the job's, a verb, for messages
     * @param model as the user named it, for messages
     * @param tokenizerSha256 of the model's tokenizer
     * @param special the special tokens of that tokenizer
     * @throws InvalidInputException if it is no packed dataset, or one that cannot give the model's inputs, naming the
     *     option of {@code pack} that makes one which can
     */
    public static PackedSource open(
            JavaSparkContext spark,
            String command,
            String folder,
            String model,
            String tokenizerSha256,
            SpecialTokens special) {
        PackedDataset dataset = PackedDataset.open(spark.hadoopConfiguration(), folder);
        Manifest manifest = dataset.manifest();
        requireSameTokenizer(command, folder, manifest.tokenizer(), model, tokenizerSha256);
        requireText(command, folder, manifest.packing());
        requireWhole(command, folder, dataset);
        return new PackedSource(spark, dataset, filesOf(spark, folder), special);
    }

    /** The files of a packed dataset. */
    public static InputFiles filesOf(JavaSparkContext spark, String folder) {
        InputFiles found =
                InputFiles.resolve(new InputOptions(List.of(folder), InputFormat.PARQUET), spark.hadoopConfiguration());
        // what is passed over is the dataset's own
        return new InputFiles(found.inputs(), found.files(), 0, 0);
    }

    /** @throws InvalidInputException if a dataset's tokenizer is not the model's */
    public static void requireSameTokenizer(
            String command, String folder, Manifest.TokenizerEntry packed, String model, String sha256) {
        if (!packed.sha256().equals(sha256)) {
            throw new InvalidInputException(folder + " was packed with the tokenizer " + packed.name() + " (SHA-256 "
                    + packed.sha256() + "), model " + model + " has another (" + sha256
                    + "); " + command + " the text itself, or pack it with --tokenizer " + model);
        }
    }

    private static void requireText(String command, String folder, Manifest.PackingEntry packing) {
        if (!packing.content().equals(DocumentColumns.Kind.TEXT.manifestName())) {
            throw new InvalidInputException(folder + " was packed from " + packing.content()
                    + " columns; " + command + " needs documents that are texts: " + command
                    + " them themselves, or pack them with"
                    + " --text-column");
        }
    }

    private static void requireWhole(String command, String folder, PackedDataset dataset) {
        dataset.incomplete().ifPresent(why -> {
            throw new InvalidInputException(
                    folder + " " + why + "; " + command + " the text itself, or pack it with --overflow split");
        });
    }

    @Override
    public InputFiles files() {
        return files;
    }

    @Override
    public Map<String, String> options() {
        return Map.of("packed-digest", dataset.manifest().packing().digest());
    }

    @Override
    public int partitions() {
        return dataset.manifest().parts().size();
    }

    @Override
    public long documents() {
        Ledger.Entry total = total();
        return total.packedDocuments() + total.emptyDocuments();
    }

    @Override
    public OptionalLong sourceTokens() {
        // how much of the removed documents' tokens was text is not known
        return total().removedDocuments() > 0 ? OptionalLong.empty() : OptionalLong.of(total().sourceTokens());
    }

    /** What is no document is in the quarantine of the packed dataset. */
    @Override
    public long quarantinedDocuments() {
        return 0;
    }

    @Override
    public JavaRDD<BadRecord> badRecords() {
        return spark.emptyRDD();
    }

    @Override
    public Units units() {
        return Units.ofBytes(total().sourceTokens() * BYTES_PER_TOKEN);
    }

    @Override
    public JavaRDD<DocumentIds> byUnit(Set<Integer> complete) {
        Units units = units();
        Manifest.PackingEntry packing = dataset.manifest().packing();
        SpecialTokensPolicy policy = SpecialTokensPolicy.ofName(packing.specialTokens());
        int pieceLimit = packing.rules().limits().pieceLimit();
        SpecialTokens added = special;
        return dataset.documents(spark, units, docId -> !complete.contains(units.of(docId)))
                .map(document -> new DocumentIds(document.docId(), textOf(document.ids(), policy, added, pieceLimit)));
    }

    private static int[] textOf(int[] ids, SpecialTokensPolicy policy, SpecialTokens special, int pieceLimit) {
        return ids.length == 0 ? ids : policy.textOf(ids, special, pieceLimit);
    }

    private Ledger.Entry total() {
        return dataset.manifest().packing().ledger().total();
    }
}
