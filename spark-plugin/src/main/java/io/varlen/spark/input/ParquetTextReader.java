package io.varlen.spark.input;

import io.varlen.InvalidInputException;
import io.varlen.spark.input.DocumentColumns.Kind;
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
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/** {@link InputFormat#PARQUET}: one document per row. Text is read as the bytes that are stored. */
final class ParquetTextReader extends SplitReader {
    private final ParquetRecords<Cells> records;
    private final DocumentColumns document;
    private final String idColumn;
    private final boolean hasIdColumn;
    private final String wrongSchema;
    private long wrongRow;

    ParquetTextReader(InputSplit split, InputOptions options, Configuration hadoop) throws IOException {
        super(split.file());
        this.document = options.columns();
        this.idColumn = options.effectiveIdColumn();
        this.records = ParquetRecords.open(new Path(file.uri()), split.start(), split.end(), hadoop);
        this.hasIdColumn = records.schema().containsField(idColumn);
        this.wrongSchema = wrong(records.schema(), document, idColumn);
        if (wrongSchema == null) {
            List<Type> columns = new ArrayList<>();
            document.names().forEach(name -> columns.add(records.schema().getType(name)));
            if (hasIdColumn) {
                columns.add(records.schema().getType(idColumn));
            }
            records.project(new MessageType("document", columns), new Cells.Materializer(columns, document));
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
            String wrong = wrong(records.schema(), options.columns(), options.effectiveIdColumn());
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
        String wrong = wrong(cells);
        return wrong == null
                ? new Document(id, file.source(), cells.content(document), file.path(), row)
                : bad(row, id, wrong);
    }

    private String wrong(Cells cells) {
        for (int part = 0; part < cells.parts.length; part++) {
            String name = document.names().get(part);
            byte[] value = cells.parts[part];
            if (cells.wrong[part] != null) {
                return "the value of '" + name + "' " + cells.wrong[part];
            }
            if (value == null) {
                return "the value of '" + name + "' is null; it must be "
                        + (document.kind() == Kind.TOKENS ? "a list of whole numbers" : "a string");
            }
            int invalid = document.kind() == Kind.TOKENS ? -1 : Utf8.firstInvalid(value, value.length);
            if (invalid >= 0) {
                return invalidUtf8(value[invalid]) + ", " + invalid + " bytes into '" + name + "'";
            }
        }
        return document.kind() == Kind.TOKENS && document.masked()
                ? DocumentContent.mismatch(document, cells.parts[0], cells.parts[1])
                : null;
    }

    @Override
    protected long position() {
        return records.index() + 1;
    }

    @Override
    public void close() throws IOException {
        records.close();
    }

    private static String wrong(MessageType schema, DocumentColumns document, String idColumn) {
        for (String name : document.names()) {
            if (!schema.containsField(name)) {
                return missing(name, schema, document.optionOf(name));
            }
            Type type = schema.getType(name);
            if (document.kind() == Kind.TOKENS) {
                if (!isIntList(type)) {
                    return "the column '" + name + "' is " + type + "; it must be a list of whole numbers";
                }
            } else if (!isPlain(type) || !isString(type.asPrimitiveType())) {
                return "the column '" + name + "' is " + type + "; text must be a string";
            }
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

    /** A list of the three levels of Parquet's specification, or of the two that older writers make. */
    private static boolean isIntList(Type list) {
        if (list.isPrimitive() || list.asGroupType().getFieldCount() != 1) {
            return false;
        }
        Type repeated = list.asGroupType().getType(0);
        Type element = repeated.isPrimitive() || repeated.asGroupType().getFieldCount() != 1
                ? repeated
                : repeated.asGroupType().getType(0);
        return repeated.isRepetition(Type.Repetition.REPEATED)
                && element.isPrimitive()
                && (element.asPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.INT32
                        || element.asPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.INT64);
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
        private final byte[][] parts;
        private final String[] wrong;
        private byte[] id;

        Cells(int parts) {
            this.parts = new byte[parts][];
            this.wrong = new String[parts];
        }

        byte[] content(DocumentColumns document) {
            return document.kind() == Kind.TEXT
                    ? parts[0]
                    : DocumentContent.of(parts[0], parts.length == 1 ? null : parts[1]);
        }

        /** Makes one row after the other of the columns of a document and, if there is one, that of the id. */
        private static final class Materializer extends RecordMaterializer<Cells> {
            private final GroupConverter root;
            private Cells cells;

            Materializer(List<Type> columns, DocumentColumns document) {
                int parts = document.names().size();
                List<Converter> converters = new ArrayList<>();
                for (int i = 0; i < columns.size(); i++) {
                    int part = i;
                    converters.add(
                            part == parts
                                    ? new BytesConverter(columns.get(i).asPrimitiveType(), value -> cells.id = value)
                                    : document.kind() == Kind.TOKENS
                                            ? new ListConverter(columns.get(i).asGroupType(), part)
                                            : new BytesConverter(
                                                    columns.get(i).asPrimitiveType(),
                                                    value -> cells.parts[part] = value));
                }
                root = new GroupConverter() {
                    @Override
                    public Converter getConverter(int column) {
                        return converters.get(column);
                    }

                    @Override
                    public void start() {
                        cells = new Cells(parts);
                    }

                    @Override
                    public void end() {}
                };
            }

            /** A list of whole numbers, of ids or as a mask. */
            private final class ListConverter extends GroupConverter {
                private final int part;
                private final Converter repeated;
                private DocumentContent.Numbers numbers;

                ListConverter(GroupType list, int part) {
                    this.part = part;
                    Type type = list.getType(0);
                    this.repeated = type.isPrimitive() ? new Element() : new Entry();
                }

                @Override
                public Converter getConverter(int field) {
                    return repeated;
                }

                @Override
                public void start() {
                    numbers = new DocumentContent.Numbers(part == 1);
                }

                @Override
                public void end() {
                    cells.parts[part] = numbers.bytes();
                    cells.wrong[part] = numbers.wrong();
                }

                /** The middle one of three levels; without an element it is a null. */
                private final class Entry extends GroupConverter {
                    private final Element element = new Element();

                    @Override
                    public Converter getConverter(int field) {
                        return element;
                    }

                    @Override
                    public void start() {
                        element.isThere = false;
                    }

                    @Override
                    public void end() {
                        if (!element.isThere) {
                            numbers.wrong("holds a null; it must hold whole numbers");
                        }
                    }
                }

                private final class Element extends PrimitiveConverter {
                    private boolean isThere;

                    @Override
                    public void addInt(int value) {
                        addLong(value);
                    }

                    @Override
                    public void addLong(long value) {
                        isThere = true;
                        numbers.add(value);
                    }
                }
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
            sink.accept(ParquetRecords.bytes(value));
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
