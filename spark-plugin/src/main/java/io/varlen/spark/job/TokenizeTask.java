package io.varlen.spark.job;

import io.varlen.packing.GroupHash;
import io.varlen.packing.PackingRules;
import io.varlen.packing.SpecialTokensPolicy;
import io.varlen.packing.TokenizedDocument;
import io.varlen.spark.input.Document;
import io.varlen.spark.input.DocumentColumns;
import io.varlen.spark.internal.OncePerPartition;
import io.varlen.tokenizer.TokenizerSource;
import java.util.HashMap;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import scala.Tuple2;

/** Turns the documents of one partition into token ids, keyed by group, and counts what goes into each group. */
final class TokenizeTask implements PairFlatMapFunction<Iterator<Document>, Integer, byte[]> {
    private final TokenizerProvider tokenizers;
    private final TokenizerSource source;
    private final DocumentColumns columns;
    private final SpecialTokensPolicy policy;
    private final PackingRules rules;
    private final long seed;
    private final int groups;
    private final int sources;
    private final GroupPartitioner wanted;
    private final OncePerPartition<HashMap<Integer, GroupCounts>> counter;

    /** @param groups of the dataset; only those that {@code wanted} contains are tokenized */
    TokenizeTask(
            TokenizerProvider tokenizers,
            PackOptions options,
            int groups,
            GroupPartitioner wanted,
            OncePerPartition<HashMap<Integer, GroupCounts>> counter) {
        this.tokenizers = tokenizers;
        this.source = options.tokenizer();
        this.columns = options.input().columns();
        this.policy = options.specialTokens();
        this.rules = options.rules();
        this.seed = options.packingSeed();
        this.groups = groups;
        this.sources = options.input().inputs().size();
        this.wanted = wanted;
        this.counter = counter;
    }

    static HashMap<Integer, GroupCounts> merge(
            HashMap<Integer, GroupCounts> total, HashMap<Integer, GroupCounts> more) {
        more.forEach((group, counts) -> total.merge(group, counts, GroupCounts::merge));
        return total;
    }

    @Override
    public Iterator<Tuple2<Integer, byte[]>> call(Iterator<Document> documents) {
        return new Tokenized(documents);
    }

    private final class Tokenized implements Iterator<Tuple2<Integer, byte[]>> {
        private final Iterator<Document> documents;
        private final DocumentTokenizer tokenizer = new DocumentTokenizer(
                tokenizers.open(source), columns, policy, rules.limits().pieceLimit());
        private final GroupHash groupHash = new GroupHash(seed);
        private final HashMap<Integer, GroupCounts> counts = new HashMap<>();
        private Tuple2<Integer, byte[]> next;
        private boolean ended;

        Tokenized(Iterator<Document> documents) {
            this.documents = documents;
        }

        @Override
        public boolean hasNext() {
            while (next == null && !ended) {
                if (documents.hasNext()) {
                    next = tokenize(documents.next());
                } else {
                    counter.add(counts);
                    ended = true;
                }
            }
            return next != null;
        }

        @Override
        public Tuple2<Integer, byte[]> next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Tuple2<Integer, byte[]> record = next;
            next = null;
            return record;
        }

        /** Null if the document's group is complete already. */
        private Tuple2<Integer, byte[]> tokenize(Document document) {
            long hash = groupHash.of(document.docId());
            int group = GroupHash.groupOf(hash, groups);
            if (!wanted.contains(group)) {
                return null;
            }
            DocumentTokenizer.Tokens tokens = tokenizer.tokenize(document);
            TokenizedDocument tokenized =
                    new TokenizedDocument(document.docId(), hash, document.source(), tokens.ids(), tokens.lossMask());
            counts.computeIfAbsent(group, g -> new GroupCounts(sources)).add(tokenized, tokens.textTokens(), rules);
            return new Tuple2<>(group, DocumentCodec.encode(tokenized));
        }
    }
}
