package io.varlen.spark.export;

import io.varlen.spark.dataset.Manifest;
import io.varlen.spark.internal.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What shards look like that all hold rows of the same shape.
 *
 * @param columnNames sorted, which is the order of a sample's values
 * @param columnEncodings in their order
 * @param sampleBytes of one sample
 */
record MdsShards(List<String> columnNames, List<String> columnEncodings, long sampleBytes) {
    static final String LOSS_MASK = "loss_mask";
    static final String SEQUENCE_ID = "sequence_id";
    static final String TOKENS = "tokens";

    /** The default of MosaicML's own writer. */
    static final long SIZE_LIMIT = 1 << 26;

    private static final int VERSION = 2;

    static MdsShards of(DatasetShape dataset) {
        long shape = MdsArray.prefix(dataset.seqLen()).length;
        long ints = Integer.BYTES + shape + (long) Integer.BYTES * dataset.seqLen();
        long bytes = Integer.BYTES + shape + dataset.seqLen();
        return dataset.lossMask()
                ? new MdsShards(
                        List.of(LOSS_MASK, SEQUENCE_ID, TOKENS),
                        List.of("ndarray:uint8", "ndarray:int32", "ndarray:int32"),
                        bytes + 2 * ints)
                : new MdsShards(List.of(SEQUENCE_ID, TOKENS), List.of("ndarray:int32", "ndarray:int32"), 2 * ints);
    }

    /** How a shard describes itself, in its head. */
    byte[] config() {
        return Json.line(new Config(
                        columnEncodings,
                        columnNames,
                        Arrays.asList(new Integer[columnNames.size()]),
                        null,
                        "mds",
                        List.of(),
                        SIZE_LIMIT,
                        VERSION))
                .getBytes(StandardCharsets.UTF_8);
    }

    /** The most samples that keep a shard within {@link #SIZE_LIMIT}; at least one. */
    long samplesPerShard() {
        long head = 2 * Integer.BYTES + config().length;
        return Math.max(1, (SIZE_LIMIT - head) / (sampleBytes + Integer.BYTES));
    }

    /** {@code index.json} over all shards, in their order. */
    byte[] index(List<Manifest.Part> files) {
        List<Shard> shards = new ArrayList<>();
        for (Manifest.Part file : files) {
            shards.add(new Shard(
                    columnEncodings,
                    columnNames,
                    Arrays.asList(new Integer[columnNames.size()]),
                    null,
                    "mds",
                    List.of(),
                    new RawData(file.file(), file.bytes(), Map.of()),
                    file.rows(),
                    SIZE_LIMIT,
                    VERSION,
                    null));
        }
        return Json.line(new Index(shards, VERSION)).getBytes(StandardCharsets.UTF_8);
    }

    // keys in the order of MosaicML's own writer, which sorts them

    private record Config(
            List<String> columnEncodings,
            List<String> columnNames,
            List<Integer> columnSizes,
            String compression,
            String format,
            List<String> hashes,
            long sizeLimit,
            int version) {}

    private record Index(List<Shard> shards, int version) {}

    private record Shard(
            List<String> columnEncodings,
            List<String> columnNames,
            List<Integer> columnSizes,
            String compression,
            String format,
            List<String> hashes,
            RawData rawData,
            long samples,
            long sizeLimit,
            int version,
            RawData zipData) {}

    /** Without hashes, which the reader does not ask for by itself. */
    private record RawData(String basename, long bytes, Map<String, String> hashes) {}
}
