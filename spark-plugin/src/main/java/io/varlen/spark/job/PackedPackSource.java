package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.packing.GroupHash;
import io.varlen.packing.SpecialTokensPolicy;
import io.varlen.spark.dataset.DocumentKey;
import io.varlen.spark.dataset.Ledger;
import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.dataset.PackedDocument;
import io.varlen.spark.input.BadRecord;
import io.varlen.spark.input.BadRecordPolicy;
import io.varlen.spark.input.InputFiles;
import io.varlen.spark.input.InputFormat;
import io.varlen.spark.input.InputOptions;
import io.varlen.spark.input.Survey;
import io.varlen.tokenizer.SpecialTokens;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The documents of a packed dataset, with the token ids that they have there: packed again, they need no tokenizing. With
 * the same options the rows are those that packing the text itself would give.
 */
final class PackedPackSource implements PackSource {
    private final JavaSparkContext spark;
    private final PackedDataset dataset;
    private final InputFiles files;
    private final Resequencing resequencing;

    private PackedPackSource(
            JavaSparkContext spark, PackedDataset dataset, InputFiles files, Resequencing resequencing) {
        this.spark = spark;
        this.dataset = dataset;
        this.files = files;
        this.resequencing = resequencing;
    }

    /**
     * Opens a packed dataset.
     *
     * @throws InvalidInputException if it is none, or if its documents cannot be packed as the options say
     */
    static PackedPackSource open(JavaSparkContext spark, PackOptions options, SpecialTokens special) {
        String folder = options.input().inputs().get(0);
        PackedDataset dataset = PackedDataset.open(spark.hadoopConfiguration(), folder);
        if (!options.input().columns().equals(dataset.asInput().columns())) {
            throw new IllegalArgumentException("the options are not those of PackedDataset.asInput");
        }
        requireSameTokenizer(folder, dataset.manifest().tokenizer(), options);
        dataset.incomplete().ifPresent(why -> {
            throw new InvalidInputException(
                    folder + " " + why + "; pack the text itself, or pack it with" + " --overflow split first");
        });
        Manifest.PackingEntry packing = dataset.manifest().packing();
        Resequencing resequencing = new Resequencing(
                SpecialTokensPolicy.ofName(packing.specialTokens()),
                packing.rules().limits().pieceLimit(),
                options.specialTokens(),
                options.rules().limits().pieceLimit(),
                special);
        if (packing.lossMask() && resequencing.from() != resequencing.to()) {
            throw new InvalidInputException(folder + " has a loss mask and was packed with --special-tokens "
                    + packing.specialTokens() + ", which must stay: it says of each token whether it is to be learned");
        }
        InputFiles found =
                InputFiles.resolve(new InputOptions(List.of(folder), InputFormat.PARQUET), spark.hadoopConfiguration());
        // what is passed over is the dataset's own
        InputFiles files = new InputFiles(found.inputs(), found.files(), 0, 0);
        return new PackedPackSource(spark, dataset, files, resequencing);
    }

    private static void requireSameTokenizer(String folder, Manifest.TokenizerEntry packed, PackOptions options) {
        if (!packed.sha256().equals(options.tokenizer().sha256())) {
            throw new InvalidInputException(folder + " was packed with the tokenizer " + packed.name() + " (SHA-256 "
                    + packed.sha256() + "); its token ids cannot become those of another ("
                    + options.tokenizer().sha256() + "): leave --tokenizer out, or pack the text itself");
        }
    }

    @Override
    public InputFiles files() {
        return files;
    }

    @Override
    public List<String> sources() {
        return dataset.manifest().packing().sources();
    }

    @Override
    public Map<String, String> options() {
        return Map.of("packed-digest", dataset.manifest().packing().digest());
    }

    @Override
    public int partitions() {
        return Math.max(1, dataset.manifest().parts().size()) + joined().numPartitions();
    }

    @Override
    public String stage() {
        return "regroup";
    }

    /** As the manifest has it; the bytes of the texts are those of all inputs together. */
    @Override
    public Survey survey(BadRecordPolicy policy) {
        Manifest.PackingEntry packing = dataset.manifest().packing();
        List<Survey.SourceSurvey> sources = new ArrayList<>();
        for (Ledger.Entry entry : packing.ledger().sources()) {
            long bytes = sources.isEmpty() ? packing.utf8Bytes() : 0;
            sources.add(new Survey.SourceSurvey(entry.packedDocuments() + entry.emptyDocuments(), bytes, 0, true));
        }
        return new Survey(sources, Set.of());
    }

    /** What is no document is in the quarantine of the dataset. */
    @Override
    public JavaRDD<BadRecord> badRecords(Survey survey) {
        return spark.emptyRDD();
    }

    @Override
    public JavaRDD<PackableDocument> documents(Survey survey) {
        Resequencing resequencing = this.resequencing;
        return dataset.documents(spark, joined(), docId -> true).map(document -> new Joined(document, resequencing));
    }

    private Joining joined() {
        return new Joining(
                Math.max(spark.defaultParallelism(), dataset.manifest().parts().size()));
    }

    /** Brings the pieces of a document together. */
    private record Joined(PackedDocument document, Resequencing resequencing) implements PackableDocument {
        @Override
        public String docId() {
            return document.docId();
        }

        @Override
        public int source() {
            return document.source();
        }

        @Override
        public DocumentTokenizer.Tokens tokens() {
            return resequencing.tokens(document);
        }
    }

    /**
     * From the special tokens of the dataset to those that are wanted.
     *
     * @param fromLimit the longest piece of the dataset
     * @param toLimit the longest piece that is wanted
     */
    private record Resequencing(
            SpecialTokensPolicy from, int fromLimit, SpecialTokensPolicy to, int toLimit, SpecialTokens special)
            implements Serializable {
        DocumentTokenizer.Tokens tokens(PackedDocument document) {
            int[] ids = document.ids();
            int[] text = ids;
            if (from != to || from == SpecialTokensPolicy.CHUNK) {
                text = ids.length == 0 ? ids : from.textOf(ids, special, fromLimit);
                ids = to.sequenceOf(text, 0, text.length, special, toLimit);
                return new DocumentTokenizer.Tokens(ids, null, text.length);
            }
            long added = ids.length == 0 ? 0 : to.addedSpecialTokens(ids.length, special, toLimit);
            byte[] lossMask = document.lossMask();
            return new DocumentTokenizer.Tokens(ids, lossMask, Math.toIntExact(ids.length - added));
        }
    }

    /** All pieces of a document to one partition. */
    private static final class Joining extends Partitioner {
        private static final long serialVersionUID = 1;
        private final int partitions;

        Joining(int partitions) {
            this.partitions = partitions;
        }

        @Override
        public int numPartitions() {
            return partitions;
        }

        @Override
        public int getPartition(Object documentKey) {
            return GroupHash.groupOf(((DocumentKey) documentKey).docId().hashCode(), partitions);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Joining that && partitions == that.partitions;
        }

        @Override
        public int hashCode() {
            return partitions;
        }
    }
}
