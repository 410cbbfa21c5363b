package io.varlen.spark.inference;

import io.varlen.InvalidInputException;
import io.varlen.spark.dataset.DocumentKey;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.input.BadRecord;
import io.varlen.spark.input.BadRecordPolicy;
import io.varlen.spark.input.Document;
import io.varlen.spark.input.DocumentSource;
import io.varlen.spark.input.InputFiles;
import io.varlen.spark.input.InputOptions;
import io.varlen.spark.input.Survey;
import io.varlen.spark.internal.Iterators;
import io.varlen.spark.metrics.TaskMetrics;
import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.Tokenizer;
import io.varlen.tokenizer.TokenizerSource;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

/** Documents that are text, tokenized as the units are computed. */
public final class TextSource implements TokenSource {
    private final JavaSparkContext spark;
    private final InputOptions options;
    private final BadRecordPolicy policy;
    private final DocumentSource documents;
    private final TokenizerSource tokenizer;
    private final String prompt;
    private Survey survey;

    private TextSource(
            JavaSparkContext spark,
            InputOptions options,
            BadRecordPolicy policy,
            DocumentSource documents,
            TokenizerSource tokenizer,
            String prompt) {
        this.spark = spark;
        this.options = options;
        this.policy = policy;
        this.documents = documents;
        this.tokenizer = tokenizer;
        this.prompt = prompt;
    }

    /**
     * Finds the files.
     *
     * @param tokenizer the model's
     * @param prompt stands before each text when it is tokenized; "" for none
     * @throws InvalidInputException as {@link DocumentSource#open}
     */
    public static TextSource open(
            SparkSession spark,
            InputOptions options,
            BadRecordPolicy policy,
            TokenizerSource tokenizer,
            String prompt) {
        return new TextSource(
                JavaSparkContext.fromSparkContext(spark.sparkContext()),
                options,
                policy,
                DocumentSource.open(spark, options),
                tokenizer,
                prompt);
    }

    @Override
    public InputFiles files() {
        return documents.files();
    }

    @Override
    public Map<String, String> options() {
        Map<String, String> all = new TreeMap<>();
        all.put("input-format", options.format().optionName());
        all.put("text-column", options.columns().first());
        all.put("id-column", String.valueOf(options.idColumn()));
        all.put("bad-records", policy.optionName());
        return all;
    }

    /** What is in the files; reads them all once. */
    private Survey survey() {
        if (survey == null) {
            survey = documents.survey(policy);
        }
        return survey;
    }

    @Override
    public JavaRDD<BadRecord> badRecords() {
        return documents.badRecords(survey());
    }

    @Override
    public int partitions() {
        return documents.partitions();
    }

    @Override
    public long documents() {
        return survey().documents();
    }

    @Override
    public OptionalLong sourceTokens() {
        return OptionalLong.empty();
    }

    @Override
    public long quarantinedDocuments() {
        return survey().badRecords();
    }

    @Override
    public Units units() {
        return Units.ofBytes(survey().utf8Bytes());
    }

    /** Of all texts. The first call may read all files. */
    public long utf8Bytes() {
        return survey().utf8Bytes();
    }

    /** The ids of all documents. */
    public JavaRDD<String> ids() {
        return documents.documents(survey()).map(Document::docId);
    }

    @Override
    public JavaRDD<DocumentIds> byUnit(Set<Integer> complete) {
        Units units = units();
        return byUnit(units, docId -> !complete.contains(units.of(docId)));
    }

    /**
     * The documents that are wanted, each once: partition {@code u} holds unit {@code u}, ordered by document id.
     *
     * @param wanted says of an id whether its document is
     */
    public JavaRDD<DocumentIds> byUnit(Units units, Function<String, Boolean> wanted) {
        byte[] before = prompt.getBytes(StandardCharsets.UTF_8);
        Broadcast<TokenizerSource> source = spark.broadcast(tokenizer);
        JavaPairRDD<DocumentKey, byte[]> texts = documents
                .documents(survey())
                .filter(document -> wanted.call(document.docId()))
                .mapToPair(document -> new Tuple2<>(new DocumentKey(document.docId(), 0), document.text()));
        return texts.repartitionAndSortWithinPartitions(units)
                .mapPartitions(sorted -> tokenize(sorted, before, Engine.get().tokenizer(source.value())));
    }

    private static Iterator<DocumentIds> tokenize(
            Iterator<Tuple2<DocumentKey, byte[]>> texts, byte[] prompt, Tokenizer tokenizer) {
        TokenBuffer buffer = new TokenBuffer();
        return Iterators.map(texts, text -> {
            encode(text._1().docId(), PromptedText.of(prompt, text._2()), tokenizer, buffer);
            int[] ids = buffer.toArray();
            buffer.clear();
            return new DocumentIds(text._1().docId(), ids);
        });
    }

    private static void encode(String docId, byte[] text, Tokenizer tokenizer, TokenBuffer buffer) {
        long began = System.nanoTime();
        try {
            tokenizer.encode(text, 0, text.length, buffer);
            TaskMetrics.current().tokenized(System.nanoTime() - began);
        } catch (InvalidInputException e) {
            throw new InvalidInputException("document " + docId + ": " + e.getMessage(), e);
        }
    }
}
