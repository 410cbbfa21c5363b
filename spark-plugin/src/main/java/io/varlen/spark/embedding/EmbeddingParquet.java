package io.varlen.spark.embedding;

import java.io.IOException;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
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

    /** Writes floats as they are: neither codecs nor dictionaries make them smaller. */
    static ParquetWriter<DocumentEmbedding> writer(OutputFile file) throws IOException {
        return new Builder(file)
                .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
                .withDictionaryEncoding(false)
                .build();
    }

    private static final class Builder extends ParquetWriter.Builder<DocumentEmbedding, Builder> {
        Builder(OutputFile file) {
            super(file);
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        @SuppressWarnings("deprecation") // its successor is not in Spark 3.5's Parquet
        protected WriteSupport<DocumentEmbedding> getWriteSupport(Configuration hadoop) {
            return new Support();
        }
    }

    private static final class Support extends WriteSupport<DocumentEmbedding> {
        private RecordConsumer out;

        @Override
        @SuppressWarnings("deprecation") // its successor is not in Spark 3.5's Parquet
        public WriteContext init(Configuration hadoop) {
            return new WriteContext(SCHEMA, Map.of());
        }

        @Override
        public void prepareForWrite(RecordConsumer consumer) {
            out = consumer;
        }

        @Override
        public void write(DocumentEmbedding row) {
            out.startMessage();
            field(0, () -> out.addBinary(Binary.fromString(row.docId())));
            field(1, () -> out.addLong(row.nTokens()));
            field(2, () -> out.addLong(row.truncatedTokens()));
            if (row.embedding() != null) {
                field(3, () -> list(row.embedding()));
            }
            out.endMessage();
        }

        private void list(float[] elements) {
            out.startGroup();
            out.startField("list", 0);
            for (float element : elements) {
                out.startGroup();
                out.startField("element", 0);
                out.addFloat(element);
                out.endField("element", 0);
                out.endGroup();
            }
            out.endField("list", 0);
            out.endGroup();
        }

        private void field(int index, Runnable value) {
            String name = SCHEMA.getFieldName(index);
            out.startField(name, index);
            value.run();
            out.endField(name, index);
        }
    }
}
