package io.varlen.spark.input;

import io.varlen.InvalidInputException;
import io.varlen.spark.internal.Utf8;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.io.api.RecordMaterializer;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/** {@link InputFormat#PARQUET}: one document per row. Text is read as the bytes that are stored. */
final class ParquetTextReader extends SplitReader {
    private final ParquetRecords<Cells> records;
    private final String textColumn;
    private final String idColumn;
    private final boolean hasIdColumn;
    private final String wrongSchema;
    private long wrongRow;

    ParquetTextReader(InputSplit split, InputOptions options, Configuration hadoop) throws IOException {
        super(split.file());
        this.textColumn = options.textColumn();
        this.idColumn = options.effectiveIdColumn();
        this.records = ParquetRecords.open(new Path(file.uri()), split.start(), split.end(), hadoop);
        this.hasIdColumn = records.schema().containsField(idColumn);
        this.wrongSchema = wrong(records.schema(), textColumn, idColumn);
        if (wrongSchema == null) {
            List<Type> columns = new ArrayList<>(List.of(records.schema().getType(textColumn)));
            if (hasIdColumn) {
                columns.add(records.schema().getType(idColumn));
            }
            records.project(new MessageType("document", columns), new Cells.Materializer(columns));
        } else {
            wrongRow = records.firstRow();
        }
    }

    /**
     * Looks at one file of an input.
     *
     * @throws InvalidInputException if it is no Parquet file, or lacks the text column or a named id column
     */
    static void check(InputFile file, InputOptions options, Configuration hadoop) {
        try (ParquetRecords<Cells> records = ParquetRecords.open(new Path(file.uri()), hadoop)) {
            String wrong = wrong(records.schema(), options.textColumn(), options.effectiveIdColumn());
            if (wrong == null && options.idColumn() != null && !records.schema().containsField(options.idColumn())) {
                wrong = missing(options.idColumn(), records.schema(), "--id-column");
            }
            if (wrong != null) {
                throw new InvalidInputException(file.path() + ": " + wrong);
            }
        } catch (IOException e) {
            throw new InvalidInputException(file.path() + ": " + e.getMessage(), e);
        }
    }

    @Override
    boolean sawIdColumn() {
        return hasIdColumn;
    }

    @Override
    protected InputRecord read() throws IOException {
        if (wrongSchema != null) {
            return wrongRow < records.firstRow() + records.rows() ? bad(wrongRow++, null, wrongSchema) : null;
        }
        Cells cells = records.next();
        return cells == null ? null : record(cells, records.index());
    }

    private InputRecord record(Cells cells, long row) {
        if (hasIdColumn && cells.id == null) {
            return bad(row, null, "the value of '" + idColumn + "' is null; it must be a string or a whole number");
        }
        if (cells.id != null && Utf8.firstInvalid(cells.id, cells.id.length) >= 0) {
            return bad(row, null, "the value of '" + idColumn + "' is invalid UTF-8");
        }
        String id = cells.id == null ? null : new String(cells.id, StandardCharsets.UTF_8);
        if (cells.text == null) {
            return bad(row, id, "the value of '" + textColumn + "' is null; it must be a string");
        }
        int invalid = Utf8.firstInvalid(cells.text, cells.text.length);
        if (invalid >= 0) {
            return bad(row, id, invalidUtf8(cells.text[invalid]) + ", " + invalid + " bytes into '" + textColumn + "'");
        }
        return new Document(id, file.source(), cells.text, file.path(), row);
    }

    @Override
    protected long position() {
        return records.index() + 1;
    }

    @Override
    public void close() throws IOException {
        records.close();
    }

    private static String wrong(MessageType schema, String textColumn, String idColumn) {
        if (!schema.containsField(textColumn)) {
            return missing(textColumn, schema, "--text-column");
        }
        Type text = schema.getType(textColumn);
        if (!isPlain(text) || !isString(text.asPrimitiveType())) {
            return "the column '" + textColumn + "' is " + text + "; text must be a string";
        }
        if (schema.containsField(idColumn) && !isId(schema.getType(idColumn))) {
            return "the column '" + idColumn + "' is " + schema.getType(idColumn)
                    + "; ids must be strings or whole numbers, name another column with --id-column";
        }
        return null;
    }

    private static String missing(String column, MessageType schema, String option) {
        return "there is no column '" + column + "'; the file has "
                + schema.getFields().stream().map(Type::getName).collect(Collectors.joining(", ")) + "; name one with "
                + option;
    }

    private static boolean isPlain(Type type) {
        return type.isPrimitive() && !type.isRepetition(Type.Repetition.REPEATED);
    }

    /** Bytes without any annotation are what many writers make of strings. */
    private static boolean isString(PrimitiveType type) {
        LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
        return type.getPrimitiveTypeName() == PrimitiveTypeName.BINARY
                && (meaning == null
                        || meaning.equals(LogicalTypeAnnotation.stringType())
                        || meaning.equals(LogicalTypeAnnotation.enumType())
                        || meaning.equals(LogicalTypeAnnotation.jsonType()));
    }

    private static boolean isId(Type type) {
        if (!isPlain(type)) {
            return false;
        }
        LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
        return switch (type.asPrimitiveType().getPrimitiveTypeName()) {
            case BINARY -> isString(type.asPrimitiveType());
            case INT32, INT64 -> meaning == null || meaning instanceof IntLogicalTypeAnnotation;
            default -> false;
        };
    }

    /** The cells of one row; null where they are null. */
    private static final class Cells {
        private byte[] text;
        private byte[] id;

        /** Makes one row after the other of the columns text and, if there is one, id. */
        private static final class Materializer extends RecordMaterializer<Cells> {
            private final GroupConverter root;
            private Cells cells;

            Materializer(List<Type> columns) {
                Converter text = new BytesConverter(columns.get(0).asPrimitiveType(), value -> cells.text = value);
                Converter id = columns.size() == 1
                        ? null
                        : new BytesConverter(columns.get(1).asPrimitiveType(), value -> cells.id = value);
                root = new GroupConverter() {
                    @Override
                    public Converter getConverter(int column) {
                        return column == 0 ? text : id;
                    }

                    @Override
                    public void start() {
                        cells = new Cells();
                    }

                    @Override
                    public void end() {}
                };
            }

            @Override
            public Cells getCurrentRecord() {
                return cells;
            }

            @Override
            public GroupConverter getRootConverter() {
                return root;
            }
        }
    }

    private interface BytesSink {
        void accept(byte[] value);
    }

    /** A string as its bytes, a whole number as its decimal digits. */
    private static final class BytesConverter extends PrimitiveConverter {
        private final BytesSink sink;
        private final boolean unsigned;

        BytesConverter(PrimitiveType type, BytesSink sink) {
            this.sink = sink;
            this.unsigned =
                    type.getLogicalTypeAnnotation() instanceof IntLogicalTypeAnnotation number && !number.isSigned();
        }

        @Override
        public void addBinary(Binary value) {
            sink.accept(value.getBytes());
        }

        @Override
        public void addInt(int value) {
            digits(unsigned ? Integer.toUnsignedString(value) : Integer.toString(value));
        }

        @Override
        public void addLong(long value) {
            digits(unsigned ? Long.toUnsignedString(value) : Long.toString(value));
        }

        private void digits(String number) {
            sink.accept(number.getBytes(StandardCharsets.US_ASCII));
        }
    }
}
