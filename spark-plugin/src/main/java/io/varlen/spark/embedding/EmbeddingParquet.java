package io.varlen.spark.embedding;

import io.varlen.spark.inference.ParquetRows;
import java.io.IOException;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** Embeddings as Parquet: {@code doc_id string, n_tokens long, truncated_tokens long, embedding array<float>}. */
final class EmbeddingParquet {
    private static final MessageType SCHEMA = MessageTypeParser.parseMessageType("""
            message embeddings {
              required binary doc_id (STRING);
              required int64 n_tokens;
              required int64 truncated_tokens;
              optional group embedding (LIST) {
                repeated group list {
                  required float element;
                }
              }
            }
            """);

    private EmbeddingParquet() {}

    static ParquetWriter<DocumentEmbedding> writer(OutputFile file) throws IOException {
        return ParquetRows.writer(
                file,
                SCHEMA,
                (row, out) -> out.add(row.docId())
                        .add(row.nTokens())
                        .add(row.truncatedTokens())
                        .add(row.embedding()));
    }
}
