package io.varlen.spark.export;

import io.varlen.packing.PackedRow;
import io.varlen.spark.dataset.DerivedColumn;
import io.varlen.spark.dataset.NumberListFile;
import io.varlen.spark.dataset.NumberListFile.Column;
import io.varlen.spark.dataset.NumberListFile.Element;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.dataset.UnitFile;
import java.io.IOException;
import java.util.List;

/**
 * What {@code trl.pack_dataset} makes and {@code SFTTrainer} takes: {@code input_ids} without padding, {@code labels} that
 * are not shifted, -100 where nothing is learned, and {@code seq_lengths}, which add up to as many.
 */
final class TrlExporter implements RowExporter {
    /** As many as the Hugging Face libraries put into one. */
    private static final int ROW_GROUP_ROWS = 1000;

    private static final String INPUT_IDS = "input_ids";
    private static final String LABELS = "labels";
    private static final String SEQ_LENGTHS = "seq_lengths";

    private final NumberListFile file;

    TrlExporter(Staging.Unit unit, PartShape part) throws IOException {
        List<Column> columns = List.of(
                new Column(INPUT_IDS, Element.TOKEN_ID),
                new Column(LABELS, Element.TOKEN_ID),
                new Column(SEQ_LENGTHS, Element.INT64));
        this.file = new NumberListFile(unit.parquet(UnitFile.PART), part.hadoop(), columns, ROW_GROUP_ROWS);
    }

    @Override
    public void write(PackedRow row) throws IOException {
        int[] lengths = Segments.lengths(row.cuSeqlens());
        file.list(INPUT_IDS, row.inputIds(), 0, row.nTokens());
        file.list(LABELS, DerivedColumn.LABELS.of(row), 0, row.nTokens());
        file.list(SEQ_LENGTHS, lengths, 0, lengths.length);
        file.endRow();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
