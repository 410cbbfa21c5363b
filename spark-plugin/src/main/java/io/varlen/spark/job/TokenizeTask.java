package io.varlen.spark.job;

import io.varlen.packing.GroupHash;
import io.varlen.packing.PackingRules;
import io.varlen.packing.TokenizedDocument;
import io.varlen.spark.internal.OncePerPartition;
import io.varlen.spark.job.PackSource.PackableDocument;
import io.varlen.spark.metrics.StageCounters;
import io.varlen.spark.metrics.TaskMetrics;
import io.varlen.spark.metrics.TaskWork;
import java.util.HashMap;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import scala.Tuple2;

/** Has the token ids of the documents of one partition made, keyed by group, and counts what goes into each group. */
final class TokenizeTask implements PairFlatMapFunction<Iterator<PackableDocument>, Integer, byte[]> {
    private final PackingRules rules;
    private final long seed;
    private final int groups;
    private final int sources;
    private final GroupPartitioner wanted;
    private final OncePerPartition<HashMap<Integer, GroupCounts>> counter;
    private final OncePerPartition<TaskWork> work;
    private final StageCounters counters; // counts what tasks tell from where it arrives

    /**
     * @param groups of the dataset; only those that {@code wanted} contains are tokenized
     * @param sources how many inputs documents are from
     */
    TokenizeTask(
            PackOptions options,
            int groups,
            int sources,
            GroupPartitioner wanted,
            OncePerPartition<HashMap<Integer, GroupCounts>> counter,
            OncePerPartition<TaskWork> work,
            StageCounters counters) {
        this.rules = options.rules();
        this.seed = options.packingSeed();
        this.groups = groups;
        this.sources = sources;
        this.wanted = wanted;
        this.counter = counter;
        this.work = work;
        this.counters = counters;
    }

    static HashMap<Integer, GroupCounts> merge(
            HashMap<Integer, GroupCounts> total, HashMap<Integer, GroupCounts> more) {
        more.forEach((group, counts) -> total.merge(group, counts, GroupCounts::merge));
        return total;
    }

    @Override
    public Iterator<Tuple2<Integer, byte[]>> call(Iterator<PackableDocument> documents) {
        return new Tokenized(documents);
    }

    private final class Tokenized implements Iterator<Tuple2<Integer, byte[]>> {
        private final Iterator<PackableDocument> documents;
        private final GroupHash groupHash = new GroupHash(seed);
        private final HashMap<Integer, GroupCounts> counts = new HashMap<>();
        private Tuple2<Integer, byte[]> next;
        private boolean ended;

        Tokenized(Iterator<PackableDocument> documents) {
            this.documents = documents;
        }

        @Override
        public boolean hasNext() {
            while (next == null && !ended) {
                if (documents.hasNext()) {
                    next = tokenize(documents.next());
                } else {
                    counter.add(counts);
                    work.add(TaskMetrics.current().work());
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
        private Tuple2<Integer, byte[]> tokenize(PackableDocument document) {
            long hash = groupHash.of(document.docId());
            int group = GroupHash.groupOf(hash, groups);
            if (!wanted.contains(group)) {
                return null;
            }
            DocumentTokenizer.Tokens tokens = document.tokens();
            TaskMetrics.current().tokens(tokens.ids().length);
            TokenizedDocument tokenized =
                    new TokenizedDocument(document.docId(), hash, document.source(), tokens.ids(), tokens.lossMask());
            counts.computeIfAbsent(group, g -> new GroupCounts(sources)).add(tokenized, tokens.textTokens(), rules);
            return new Tuple2<>(group, DocumentCodec.encode(tokenized));
        }
    }
}
