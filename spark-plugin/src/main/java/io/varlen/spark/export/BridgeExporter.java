package io.varlen.spark.export;

import io.varlen.packing.PackedRow;
import io.varlen.sequence.CuSeqlens;
import io.varlen.spark.dataset.NumberListFile;
import io.varlen.spark.dataset.NumberListFile.Column;
import io.varlen.spark.dataset.NumberListFile.Element;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.dataset.UnitFile;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * Megatron-Bridge's packed Parquet. Its batches take each segment but for its last token as input and but for its first
 * as labels, so that a segment as it is here gives all pairs of a token and its successor, and none across a boundary.
 * {@code loss_mask} is that of the labels: rolled left by one in each segment, 0 on the segment's last token.
 */
final class BridgeExporter implements RowExporter {
    /** Bridge's own number: its reader keeps one row group in memory. */
    private static final int ROW_GROUP_ROWS = 500;

    private static final String INPUT_IDS = "input_ids";
    private static final String SEQ_START_ID = "seq_start_id";
    private static final String LOSS_MASK = "loss_mask";

    private final NumberListFile file;

    BridgeExporter(Staging.Unit unit, PartShape part) throws IOException {
        List<Column> columns = List.of(
                new Column(INPUT_IDS, Element.TOKEN_ID),
                new Column(SEQ_START_ID, Element.INT32),
                new Column(LOSS_MASK, Element.INT8));
        this.file =
                new NumberListFile(unit.parquet(UnitFile.of("*.idx.parquet")), part.hadoop(), columns, ROW_GROUP_ROWS);
    }

    @Override
    public void write(PackedRow row) throws IOException {
        CuSeqlens cuSeqlens = row.cuSeqlens();
        int[] mask = new int[row.nTokens()];
        for (int i = 0; i < mask.length - 1; i++) {
            mask[i] = row.lossMask() == null ? 1 : row.lossMask()[i + 1];
        }
        for (int i = 0; i < cuSeqlens.count(); i++) {
            mask[cuSeqlens.end(i) - 1] = 0;
        }
        file.list(INPUT_IDS, row.inputIds(), 0, row.nTokens());
        file.list(SEQ_START_ID, Arrays.copyOf(cuSeqlens.toArray(), cuSeqlens.count()), 0, cuSeqlens.count());
        file.list(LOSS_MASK, mask, 0, mask.length);
        file.endRow();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
