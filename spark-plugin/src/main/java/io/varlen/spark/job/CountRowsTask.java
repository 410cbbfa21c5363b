package io.varlen.spark.job;

import io.varlen.packing.PackingRules;
import io.varlen.packing.RowDealer;
import io.varlen.packing.TokenizedDocument;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.Function2;
import scala.Tuple2;

/** Deals one group out to learn how many rows it has, for strategies whose plan does not follow from lengths alone. */
final class CountRowsTask
        implements Function2<Integer, Iterator<Tuple2<Integer, byte[]>>, Iterator<Tuple2<Integer, Long>>> {
    private final GroupPartitioner groups;
    private final PackingRules rules;
    private final boolean masked;
    private final int padId;
    private final long seed;

    CountRowsTask(GroupPartitioner groups, PackOptions options, int padId) {
        this.groups = groups;
        this.rules = options.rules();
        this.masked = options.input().columns().masked();
        this.padId = padId;
        this.seed = options.packingSeed();
    }

    @Override
    public Iterator<Tuple2<Integer, Long>> call(Integer partition, Iterator<Tuple2<Integer, byte[]>> records) {
        int group = groups.group(partition);
        List<TokenizedDocument> documents = new ArrayList<>();
        records.forEachRemaining(record -> documents.add(DocumentCodec.decode(record._2(), masked)));
        long rows = new RowDealer(documents, rules, padId, seed, group).rowCount();
        return List.of(new Tuple2<>(group, rows)).iterator();
    }
}
