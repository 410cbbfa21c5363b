package io.varlen.spark;

import io.varlen.InvalidInputException;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.dataset.PartReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Where each piece of each document is in a packed dataset, as a table: from a document to its rows and back.
 *
 * <pre>{@code
 * Lineage.of(spark, "hdfs:///packed").where("doc_id = 'docs/cats.txt'").orderBy("chunk").show();
 * Lineage.of(spark, "hdfs:///packed").where("row_id = 17").orderBy("segment").show();
 * }</pre>
 */
public final class Lineage {
    private Lineage() {}

    /**
     * One row per segment:
     *
     * <table>
     * <caption>Columns</caption>
     * <tr><td>{@code doc_id} string</td><td>the document</td></tr>
     * <tr><td>{@code source} int</td><td>the n-th input of packing, from 0</td></tr>
     * <tr><td>{@code chunk} int</td><td>the n-th piece of the document, from 0</td></tr>
     * <tr><td>{@code token_start} long, {@code token_count} int</td><td>the piece in the document's token ids</td></tr>
     * <tr><td>{@code row_id} long</td><td>the row that holds the piece</td></tr>
     * <tr><td>{@code segment} int</td><td>the n-th segment of that row, from 0</td></tr>
     * <tr><td>{@code row_start} int</td><td>the slot of the piece's first token in that row</td></tr>
     * <tr><td>{@code part} string</td><td>the file that the row is in</td></tr>
     * </table>
     *
     * <p>Exactly the parts that the manifest names are read, and of them no token ids. It is of the dataset as it is now; a
     * removal takes away files that it reads.
     *
     * @param folder a packed dataset, on any Hadoop file system
     * @throws InvalidInputException if it is none, or a part is missing or cut short
     */
    public static Dataset<Row> of(SparkSession spark, String folder) {
        return of(
                spark,
                PackedDataset.open(spark.sparkContext().hadoopConfiguration(), folder)
                        .requireIntact());
    }

    /** {@link #of(SparkSession, String)} of a dataset that is known to be intact. */
    public static Dataset<Row> of(SparkSession spark, PackedDataset dataset) {
        return PartReader.read(spark, dataset.partPaths())
                .selectExpr(
                        "row_id",
                        "cu_seqlens",
                        "_metadata.file_name AS part",
                        "posexplode(segments) AS (segment, piece)")
                .selectExpr(
                        "piece.doc_id",
                        "piece.source",
                        "piece.chunk",
                        "piece.token_start",
                        "piece.token_count",
                        "row_id",
                        "segment",
                        "cu_seqlens[segment] AS row_start",
                        "part");
    }
}
