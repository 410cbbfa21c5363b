package io.varlen.spark.export;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.varlen.packing.PackedRow;
import io.varlen.packing.Segment;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.dataset.UnitFile;
import io.varlen.spark.internal.Json;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** One JSON object per row, without padding. */
final class JsonLinesExporter implements RowExporter {
    private final OutputStream out;

    JsonLinesExporter(Staging.Unit unit) throws IOException {
        this.out = new BufferedOutputStream(unit.create(UnitFile.of("*.jsonl")));
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Line(long rowId, int[] inputIds, int[] cuSeqlens, List<Segment> segments, int[] lossMask) {}

    @Override
    public void write(PackedRow row) throws IOException {
        Line line = new Line(
                row.rowId(),
                Arrays.copyOf(row.inputIds(), row.nTokens()),
                row.cuSeqlens().toArray(),
                row.segments(),
                numbers(row));
        out.write((Json.line(line) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    /** Of bytes Jackson makes base64. */
    private static int[] numbers(PackedRow row) {
        int[] mask = row.lossMask() == null ? null : new int[row.nTokens()];
        for (int i = 0; mask != null && i < mask.length; i++) {
            mask[i] = row.lossMask()[i];
        }
        return mask;
    }
}
