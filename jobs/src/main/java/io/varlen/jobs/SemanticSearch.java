package io.varlen.jobs;

import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The nearest documents by cosine; all vectors are held in memory. */
final class SemanticSearch {
    private final List<Vector> documents;

    /**
     * A document's embedding.
     *
     * @param values of length 1
     */
    record Vector(String docId, float[] values) {}

    /** A document near a question. */
    record Answer(String docId, double cosine) {}

    SemanticSearch(List<Vector> documents) {
        this.documents = documents;
    }

    /** The embeddings in a folder that {@code embed} wrote; documents without a vector are left out. */
    static List<Vector> vectors(SparkSession spark, String folder) {
        return spark.read().parquet(folder).select("doc_id", "embedding").collectAsList().stream()
                .filter(row -> !row.isNullAt(1))
                .map(SemanticSearch::vector)
                .sorted(Comparator.comparing(Vector::docId))
                .toList();
    }

    /**
     * The documents nearest to a vector of length 1, the nearest first.
     *
     * @param canAnswer which documents may be given, by their ids
     */
    List<Answer> nearest(float[] question, Predicate<String> canAnswer, int count) {
        return documents.stream()
                .map(document -> new Answer(document.docId(), dot(document.values(), question)))
                .sorted(Comparator.comparingDouble(Answer::cosine).reversed())
                .filter(answer -> canAnswer.test(answer.docId()))
                .limit(count)
                .toList();
    }

    /** The cosine of vectors of length 1. */
    static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static Vector vector(Row row) {
        List<Float> boxed = row.getList(1);
        float[] values = new float[boxed.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = boxed.get(i);
        }
        return new Vector(row.getString(0), values);
    }
}
