package io.varlen.spark.dataset;

import io.varlen.InvalidInputException;
import io.varlen.spark.dataset.Cell.IntsCell;
import io.varlen.spark.dataset.Cell.NumberCell;
import io.varlen.spark.dataset.Cell.SegmentsCell;
import io.varlen.spark.input.ParquetRecords;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.RecordMaterializer;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/** Reads the rows of one part. The columns may stand in any order, and may be nullable, as other writers make them. */
final class PackedRowReader implements PackedDataset.Rows {
    private final Path path;
    private final ParquetRecords<StoredRow> records;
    private StoredRow next;
    private boolean ended;

    private PackedRowReader(Path path, ParquetRecords<StoredRow> records) {
        this.path = path;
        this.records = records;
    }

    static PackedRowReader open(Path path, Configuration hadoop) {
        try {
            ParquetRecords<StoredRow> records = ParquetRecords.open(path, hadoop);
            Materializer rows = new Materializer(path.getName(), records);
            records.project(rows.projection(), rows);
            return new PackedRowReader(path, records);
        } catch (IOException e) {
            throw new InvalidInputException(path + " cannot be read (" + e.getMessage() + ")", e);
        }
    }

    @Override
    public boolean hasNext() {
        if (next == null && !ended) {
            try {
                next = records.next();
                ended = next == null;
            } catch (IOException e) {
                throw new InvalidInputException(
                        path + " cannot be read behind row " + records.index() + " (" + e.getMessage() + ")", e);
            }
        }
        return next != null;
    }

    @Override
    public StoredRow next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        StoredRow row = next;
        next = null;
        return row;
    }

    @Override
    public void close() {
        try {
            records.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Collects the values of one row after the other. */
    private static final class Materializer extends RecordMaterializer<StoredRow> {
        private final String part;
        private final ParquetRecords<StoredRow> records;
        private final List<Type> fields = new ArrayList<>();
        private final List<Cell> cells = new ArrayList<>();

        private final NumberCell rowId = new NumberCell(PrimitiveTypeName.INT64);
        private final IntsCell inputIds = new IntsCell();
        private final NumberCell nTokens = new NumberCell(PrimitiveTypeName.INT32);
        private final IntsCell cuSeqlens = new IntsCell();
        private final SegmentsCell segments = new SegmentsCell();
        private final NumberCell checksum = new NumberCell(PrimitiveTypeName.INT64);
        private final IntsCell lossMask = new IntsCell();
        private final Map<String, IntsCell> derived = new LinkedHashMap<>();

        Materializer(String part, ParquetRecords<StoredRow> records) {
            this.part = part;
            this.records = records;
            read(PackedRowSchema.ROW_ID, rowId);
            read(PackedRowSchema.INPUT_IDS, inputIds);
            read(PackedRowSchema.N_TOKENS, nTokens);
            read(PackedRowSchema.CU_SEQLENS, cuSeqlens);
            read(PackedRowSchema.SEGMENTS, segments);
            read(PackedRowSchema.CHECKSUM, checksum);
            if (records.schema().containsField(PackedRowSchema.LOSS_MASK)) {
                read(PackedRowSchema.LOSS_MASK, lossMask);
            }
            for (DerivedColumn column : DerivedColumn.values()) {
                if (records.schema().containsField(column.columnName())) {
                    IntsCell values = new IntsCell();
                    read(column.columnName(), values);
                    derived.put(column.columnName(), values);
                }
            }
        }

        MessageType projection() {
            return new MessageType("packed_row", fields);
        }

        @Override
        public StoredRow getCurrentRecord() {
            Map<String, int[]> derivedValues = new LinkedHashMap<>();
            derived.forEach((name, values) -> derivedValues.put(name, values.value()));
            return new StoredRow(
                    part,
                    records.index(),
                    rowId.asLong(),
                    inputIds.value(),
                    nTokens.asInteger(),
                    cuSeqlens.value(),
                    segments.value(),
                    checksum.asLong(),
                    lossMask.bytes(),
                    derivedValues);
        }

        @Override
        public GroupConverter getRootConverter() {
            return new GroupConverter() {
                @Override
                public Converter getConverter(int field) {
                    return cells.get(field).converter();
                }

                @Override
                public void start() {
                    cells.forEach(Cell::clear);
                }

                @Override
                public void end() {}
            };
        }

        private void read(String column, Cell cell) {
            Type type =
                    records.schema().containsField(column) ? records.schema().getType(column) : null;
            if (type == null || !cell.accepts(type)) {
                throw new InvalidInputException(part + " is no part of a packed dataset: its column " + column + " is "
                        + (type == null ? "missing" : type.toString().replaceAll("\\s+", " ")));
            }
            fields.add(type);
            cells.add(cell);
        }
    }
}
