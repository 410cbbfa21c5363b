package io.varlen.spark.export;

import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.internal.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a packed dataset can be exported to. */
public enum ExportFormat {
    /** Parquet as TRL's packed datasets: {@code input_ids}, {@code labels}, {@code seq_lengths}. */
    TRL {
        @Override
        RowExporter open(Staging.Unit unit, PartShape part) throws IOException {
            return new TrlExporter(unit, part);
        }
    },
    /** MosaicML streaming's shards, and {@code index.json} over all of them. */
    MDS {
        @Override
        RowExporter open(Staging.Unit unit, PartShape part) {
            return new MdsExporter(unit, part);
        }

        @Override
        public Map<String, byte[]> indexes(DatasetShape dataset, List<Manifest.Part> files, ExportCounts counts) {
            return Map.of("index.json", MdsShards.of(dataset).index(files));
        }
    },
    /** Megatron-LM's {@code .bin} and {@code .idx}: a document per row, a sequence per segment. */
    MEGATRON {
        @Override
        RowExporter open(Staging.Unit unit, PartShape part) throws IOException {
            return new MegatronExporter(unit, part);
        }

        @Override
        public boolean dependsOnVocabulary() {
            return true;
        }
    },
    /** One JSON object per row. */
    JSONL {
        @Override
        RowExporter open(Staging.Unit unit, PartShape part) throws IOException {
            return new JsonLinesExporter(unit);
        }
    },
    /** Megatron-Bridge's packed Parquet, and the metadata of its packing. */
    MEGATRON_BRIDGE {
        @Override
        RowExporter open(Staging.Unit unit, PartShape part) throws IOException {
            return new BridgeExporter(unit, part);
        }

        @Override
        public Map<String, byte[]> indexes(DatasetShape dataset, List<Manifest.Part> files, ExportCounts counts) {
            String metadata = Json.line(List.of(BridgeMetadata.of(dataset, counts)));
            return Map.of("packed_metadata.json", metadata.getBytes(StandardCharsets.UTF_8));
        }
    },
    /** datatrove's token files: {@code .ds} with {@code .ds.index}, {@code .ds.loss} and {@code .ds.metadata}. */
    DATATROVE {
        @Override
        RowExporter open(Staging.Unit unit, PartShape part) throws IOException {
            return new DatatroveExporter(unit, part);
        }

        @Override
        public boolean dependsOnVocabulary() {
            return true;
        }
    },
    /** dolma's and OLMo-core's token files: {@code .npy}, which has no header, and {@code .csv.gz}. */
    DOLMA {
        @Override
        RowExporter open(Staging.Unit unit, PartShape part) throws IOException {
            return new DolmaExporter(unit, part);
        }

        @Override
        public boolean dependsOnVocabulary() {
            return true;
        }
    };

    /** The name on the command line. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public String toString() {
        return optionName();
    }

    /** Whether the width of its tokens depends on the largest id. */
    public boolean dependsOnVocabulary() {
        return false;
    }

    /** Begins the files of one part. */
    abstract RowExporter open(Staging.Unit unit, PartShape part) throws IOException;

    /**
     * The files that tell of all others.
     *
     * @param files the data files
     * @param counts of all rows
     * @return contents by name
     */
    public Map<String, byte[]> indexes(DatasetShape dataset, List<Manifest.Part> files, ExportCounts counts) {
        return Map.of();
    }
}
