package io.varlen.spark.input;

import io.varlen.spark.internal.HadoopConfiguration;
import io.varlen.spark.internal.OncePerPartition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import scala.Tuple2;

/** Reads one partition: counts into the accumulator, and sends the hashes of the ids to where equal ones meet. */
final class SurveyTask implements PairFlatMapFunction<ArrayList<InputSplit>, Integer, byte[]> {
    private final InputOptions options;
    private final HadoopConfiguration hadoop;
    private final int sources;
    private final int buckets;
    private final OncePerPartition<ArrayList<SourceCounts>> counts;

    SurveyTask(
            InputOptions options,
            HadoopConfiguration hadoop,
            int sources,
            int buckets,
            OncePerPartition<ArrayList<SourceCounts>> counts) {
        this.options = options;
        this.hadoop = hadoop;
        this.sources = sources;
        this.buckets = buckets;
        this.counts = counts;
    }

    static ArrayList<SourceCounts> merge(ArrayList<SourceCounts> total, ArrayList<SourceCounts> more) {
        for (int source = 0; source < total.size(); source++) {
            total.get(source).merge(more.get(source));
        }
        return total;
    }

    @Override
    public Iterator<Tuple2<Integer, byte[]>> call(ArrayList<InputSplit> splits) {
        RecordIterator records = new RecordIterator(splits, options, hadoop.get());
        IdHashBlocks hashes = new IdHashBlocks(buckets);
        ArrayList<SourceCounts> found = new ArrayList<>();
        for (int source = 0; source < sources; source++) {
            found.add(new SourceCounts());
        }
        return new Iterator<>() {
            private Iterator<Tuple2<Integer, byte[]>> blocks = Collections.emptyIterator();
            private boolean ended;

            @Override
            public boolean hasNext() {
                while (!blocks.hasNext() && !ended) {
                    blocks = survey(records, found, hashes).iterator();
                }
                return blocks.hasNext();
            }

            @Override
            public Tuple2<Integer, byte[]> next() {
                return blocks.next();
            }

            private List<Tuple2<Integer, byte[]>> survey(
                    RecordIterator records, ArrayList<SourceCounts> found, IdHashBlocks hashes) {
                if (!records.hasNext()) {
                    ended = true;
                    counts.add(found);
                    return hashes.takeAll();
                }
                InputRecord record = records.next();
                SourceCounts counted = found.get(records.file().source());
                counted.add(record);
                if (records.sawIdColumn()) {
                    counted.sawIdColumn();
                }
                if (options.format().hasColumns() && record instanceof Document document) {
                    String id = document.docId() != null
                            ? document.docId()
                            : IdRule.named(document, records.file(), options.format())
                                    .docId();
                    hashes.add(IdHash.of(id));
                }
                return hashes.takeFull();
            }
        };
    }
}
