package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.spark.Lineage;
import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.job.NamedDocument.State;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

/** Looks up documents in a dataset: in its rows, of which nothing but the segments is read, and in its lists. */
final class NamedDocuments {
    private final SparkSession session;
    private final JavaSparkContext spark;
    private final PackedDataset dataset;

    NamedDocuments(SparkSession session, PackedDataset dataset) {
        this.session = session;
        this.spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        this.dataset = dataset;
    }

    /**
     * What the dataset knows of each of these documents.
     *
     * @param ids each once
     * @param count how many
     */
    JavaRDD<NamedDocument> find(JavaRDD<String> ids, long count) {
        Broadcast<IdFilter> filter = spark.broadcast(IdFilter.of(ids, count));
        JavaPairRDD<String, NamedDocument> known = inRows(filter)
                .union(listed(filter, State.EMPTY))
                .union(listed(filter, State.DROPPED))
                .union(listed(filter, State.REMOVED))
                .reduceByKey(NamedDocument::and);
        return ids.mapToPair(id -> new Tuple2<>(id, true))
                .leftOuterJoin(known)
                .map(found -> found._2()._2().orElse(NamedDocument.missing(found._1())));
    }

    private JavaPairRDD<String, NamedDocument> inRows(Broadcast<IdFilter> filter) {
        Map<String, Integer> indices = new HashMap<>();
        List<Manifest.Part> parts = dataset.manifest().parts();
        for (int i = 0; i < parts.size(); i++) {
            indices.put(parts.get(i).file(), i);
        }
        Broadcast<Map<String, Integer>> partIndices = spark.broadcast(indices);
        int sources = dataset.manifest().packing().ledger().sources().size();
        return Lineage.of(session, dataset)
                .select("doc_id", "source", "token_count", "part", "token_start")
                .toJavaRDD()
                .filter(row -> !row.isNullAt(0) && filter.getValue().mayBeNamed(row.getString(0)))
                .mapToPair(row -> {
                    String docId = row.getString(0);
                    if (row.isNullAt(1)
                            || row.getInt(1) < 0
                            || row.getInt(1) >= sources
                            || row.isNullAt(2)
                            || row.isNullAt(4)) {
                        throw new InvalidInputException("the segment of document " + docId + " in " + row.getString(3)
                                + " is damaged; nothing was removed, verify lists all damage");
                    }
                    int part = partIndices.getValue().get(row.getString(3));
                    return new Tuple2<>(
                            docId, NamedDocument.piece(docId, row.getInt(1), row.getLong(4), row.getInt(2), part));
                });
    }

    private JavaPairRDD<String, NamedDocument> listed(Broadcast<IdFilter> filter, State state) {
        return dataset.listedDocuments(spark, state.listedAs())
                .filter(document -> filter.getValue().mayBeNamed(document.docId()))
                .mapToPair(document -> new Tuple2<>(document.docId(), NamedDocument.listed(document, state)));
    }
}
