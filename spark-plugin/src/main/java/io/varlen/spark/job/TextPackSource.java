package io.varlen.spark.job;

import io.varlen.packing.SpecialTokensPolicy;
import io.varlen.spark.input.BadRecord;
import io.varlen.spark.input.BadRecordPolicy;
import io.varlen.spark.input.Document;
import io.varlen.spark.input.DocumentColumns;
import io.varlen.spark.input.DocumentSource;
import io.varlen.spark.input.InputFiles;
import io.varlen.spark.input.Survey;
import io.varlen.spark.internal.Iterators;
import io.varlen.tokenizer.TokenizerSource;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;

/** Documents that are tokenized, or come as token ids. */
final class TextPackSource implements PackSource {
    private final DocumentSource source;
    private final PackOptions options;
    private final TokenizerProvider tokenizers;

    private record Untokenized(Document document, DocumentTokenizer tokenizer) implements PackableDocument {
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
            return tokenizer.tokenize(document);
        }
    }

    private TextPackSource(DocumentSource source, PackOptions options, TokenizerProvider tokenizers) {
        this.source = source;
        this.options = options;
        this.tokenizers = tokenizers;
    }

    static TextPackSource open(SparkSession session, PackOptions options, TokenizerProvider tokenizers) {
        return new TextPackSource(DocumentSource.open(session, options.input()), options, tokenizers);
    }

    @Override
    public InputFiles files() {
        return source.files();
    }

    @Override
    public List<String> sources() {
        return source.files().inputs();
    }

    @Override
    public Map<String, String> options() {
        return Map.of();
    }

    @Override
    public int partitions() {
        return source.partitions();
    }

    @Override
    public String stage() {
        return "tokenize";
    }

    @Override
    public Survey survey(BadRecordPolicy policy) {
        return source.survey(policy);
    }

    @Override
    public JavaRDD<BadRecord> badRecords(Survey survey) {
        return source.badRecords(survey);
    }

    @Override
    public JavaRDD<PackableDocument> documents(Survey survey) {
        TokenizerProvider tokenizers = this.tokenizers;
        TokenizerSource tokenizer = options.tokenizer();
        DocumentColumns columns = options.input().columns();
        SpecialTokensPolicy policy = options.specialTokens();
        int pieceLimit = options.rules().limits().pieceLimit();
        return source.documents(survey)
                .mapPartitions(documents -> untokenized(
                        documents, new DocumentTokenizer(tokenizers.open(tokenizer), columns, policy, pieceLimit)));
    }

    private static Iterator<PackableDocument> untokenized(Iterator<Document> documents, DocumentTokenizer tokenizer) {
        return Iterators.map(documents, document -> new Untokenized(document, tokenizer));
    }
}
