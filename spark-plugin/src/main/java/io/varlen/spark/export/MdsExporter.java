package io.varlen.spark.export;

import io.varlen.InvalidInputException;
import io.varlen.packing.PackedRow;
import io.varlen.spark.dataset.DerivedColumn;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.dataset.UnitFile;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Shards of MosaicML's streaming, one sample per row: {@code tokens} as long as the row, with its padding, and {@code
 * sequence_id}, the 0-based segment of each token and -1 on padding.
 *
 * <p>A shard begins with where its samples lie. All are of one size and their number is known, so that a shard is written
 * from front to back and not held in memory.
 */
final class MdsExporter implements RowExporter {
    private static final long MAX_SHARD_BYTES = 1L << 32;

    private final Staging.Unit unit;
    private final MdsShards shards;
    private final byte[] config;
    private final byte[] prefix;
    private final Map<UnitFile, Long> samples = new TreeMap<>();
    private long unwritten;
    private LittleEndianFile shard;
    private long left;

    MdsExporter(Staging.Unit unit, PartShape part) {
        this.unit = unit;
        this.shards = MdsShards.of(part.dataset());
        this.config = shards.config();
        this.prefix = MdsArray.prefix(part.dataset().seqLen());
        this.unwritten = part.rows();
        if (offset(1, 1) >= MAX_SHARD_BYTES) {
            throw new InvalidInputException("rows of " + part.dataset().seqLen()
                    + " tokens are too long for mds, whose shards are smaller than 4 GiB");
        }
    }

    @Override
    public void write(PackedRow row) throws IOException {
        if (left == 0) {
            next();
        }
        int ints = prefix.length + Integer.BYTES * row.inputIds().length;
        if (row.lossMask() != null) {
            shard.putInt(prefix.length + row.lossMask().length);
        }
        shard.putInt(ints);
        shard.putInt(ints);
        if (row.lossMask() != null) {
            shard.putBytes(prefix);
            shard.putBytes(row.lossMask());
        }
        array(DerivedColumn.SEGMENT_IDS.of(row));
        array(row.inputIds());
        left--;
        unwritten--;
    }

    @Override
    public void close() throws IOException {
        if (shard != null) {
            shard.close();
        }
    }

    @Override
    public Map<UnitFile, Long> rowsOfFiles() {
        return samples;
    }

    private void next() throws IOException {
        close();
        left = Math.min(unwritten, shards.samplesPerShard());
        if (left == 0) {
            throw new InvalidInputException("the part has more rows than the manifest counts");
        }
        UnitFile file = UnitFile.of(String.format("*/shard.%05d.mds", samples.size()));
        samples.put(file, left);
        shard = new LittleEndianFile(unit.create(file));
        shard.putInt((int) left);
        for (long i = 0; i <= left; i++) {
            shard.putInt((int) offset(left, i)); // unsigned
        }
        shard.putBytes(config);
    }

    /** Where sample {@code i} of {@code count} begins. */
    private long offset(long count, long i) {
        return Integer.BYTES * (2 + count) + config.length + i * shards.sampleBytes();
    }

    private void array(int[] values) throws IOException {
        shard.putBytes(prefix);
        shard.putInts(values, 0, values.length);
    }
}
