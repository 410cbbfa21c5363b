package io.varlen.spark.dataset;

import io.varlen.packing.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/** Receives the value that one column, or one field of a struct, has in one row; null until it comes. */
interface Cell {
    /** Whether values of that Parquet type can be received. */
    boolean accepts(Type type);

    Converter converter();

    /** Back to null, for the next row. */
    void clear();

    private static boolean isSingle(Type type, PrimitiveTypeName name) {
        return type.isPrimitive()
                && !type.isRepetition(Type.Repetition.REPEATED)
                && type.asPrimitiveType().getPrimitiveTypeName() == name;
    }

    /** An integer of 32 or 64 bits. */
    final class NumberCell extends PrimitiveConverter implements Cell {
        private final PrimitiveTypeName type;
        private long value;
        private boolean present;

        NumberCell(PrimitiveTypeName type) {
            this.type = type;
        }

        Long asLong() {
            return present ? value : null;
        }

        Integer asInteger() {
            return present ? (int) value : null;
        }

        long orMinusOne() {
            return present ? value : -1;
        }

        @Override
        public boolean accepts(Type field) {
            return isSingle(field, type);
        }

        @Override
        public Converter converter() {
            return this;
        }

        @Override
        public void clear() {
            present = false;
        }

        @Override
        public void addInt(int number) {
            addLong(number);
        }

        @Override
        public void addLong(long number) {
            value = number;
            present = true;
        }
    }

    /** A string. */
    final class StringCell extends PrimitiveConverter implements Cell {
        private String value;

        String value() {
            return value;
        }

        @Override
        public boolean accepts(Type field) {
            return isSingle(field, PrimitiveTypeName.BINARY);
        }

        @Override
        public Converter converter() {
            return this;
        }

        @Override
        public void clear() {
            value = null;
        }

        @Override
        public void addBinary(Binary utf8) {
            value = utf8.toStringUsingUTF8();
        }
    }

    /** A list of three levels: the column, the repeated group, the element. */
    abstract class ListCell extends GroupConverter implements Cell {
        private final Cell element;
        private boolean present;
        private final GroupConverter repeated = new GroupConverter() {
            @Override
            public Converter getConverter(int field) {
                return element.converter();
            }

            @Override
            public void start() {
                element.clear();
            }

            @Override
            public void end() {
                addElement();
            }
        };

        private ListCell(Cell element) {
            this.element = element;
        }

        /** The element has been received. */
        abstract void addElement();

        abstract void clearElements();

        final boolean isPresent() {
            return present;
        }

        @Override
        public boolean accepts(Type type) {
            if (type.isPrimitive() || type.asGroupType().getFieldCount() != 1) {
                return false;
            }
            Type list = type.asGroupType().getType(0);
            return list.isRepetition(Type.Repetition.REPEATED)
                    && !list.isPrimitive()
                    && list.asGroupType().getFieldCount() == 1
                    && element.accepts(list.asGroupType().getType(0));
        }

        @Override
        public Converter converter() {
            return this;
        }

        @Override
        public void clear() {
            present = false;
        }

        @Override
        public Converter getConverter(int field) {
            return repeated;
        }

        @Override
        public void start() {
            present = true;
            clearElements();
        }

        @Override
        public void end() {}
    }

    /** A list of 32-bit integers; a null among them makes it null. */
    final class IntsCell extends ListCell {
        private final NumberCell element;
        private int[] values = new int[16];
        private int size;
        private boolean holdsNull;

        IntsCell() {
            this(new NumberCell(PrimitiveTypeName.INT32));
        }

        private IntsCell(NumberCell element) {
            super(element);
            this.element = element;
        }

        int[] value() {
            return isPresent() && !holdsNull ? Arrays.copyOf(values, size) : null;
        }

        /** As bytes; null if an element is none. */
        byte[] bytes() {
            byte[] bytes = isPresent() && !holdsNull ? new byte[size] : null;
            for (int i = 0; bytes != null && i < size; i++) {
                bytes[i] = (byte) values[i];
                bytes = bytes[i] == values[i] ? bytes : null;
            }
            return bytes;
        }

        @Override
        void addElement() {
            if (size == values.length) {
                values = Arrays.copyOf(values, size * 2);
            }
            values[size++] = (int) element.value;
            holdsNull |= !element.present;
        }

        @Override
        void clearElements() {
            size = 0;
            holdsNull = false;
        }
    }

    /** A list of segments. */
    final class SegmentsCell extends ListCell {
        private final SegmentCell element;
        private List<Segment> segments = new ArrayList<>();

        SegmentsCell() {
            this(new SegmentCell());
        }

        private SegmentsCell(SegmentCell element) {
            super(element);
            this.element = element;
        }

        List<Segment> value() {
            return isPresent() ? segments : null;
        }

        @Override
        void addElement() {
            segments.add(element.value());
        }

        @Override
        void clearElements() {
            segments = new ArrayList<>();
        }
    }

    /** One segment, its fields by name. */
    final class SegmentCell extends GroupConverter implements Cell {
        private final StringCell docId = new StringCell();
        private final NumberCell source = new NumberCell(PrimitiveTypeName.INT32);
        private final NumberCell chunk = new NumberCell(PrimitiveTypeName.INT32);
        private final NumberCell tokenStart = new NumberCell(PrimitiveTypeName.INT64);
        private final NumberCell tokenCount = new NumberCell(PrimitiveTypeName.INT32);
        private final List<Cell> byField = new ArrayList<>();
        private boolean present;

        Segment value() {
            return present
                    ? new Segment(
                            docId.value(),
                            (int) source.orMinusOne(),
                            (int) chunk.orMinusOne(),
                            tokenStart.orMinusOne(),
                            (int) tokenCount.orMinusOne())
                    : null;
        }

        @Override
        public boolean accepts(Type type) {
            if (type.isPrimitive()) {
                return false;
            }
            GroupType struct = type.asGroupType();
            byField.clear();
            for (Type field : struct.getFields()) {
                Cell cell = named(field.getName());
                if (cell == null || !cell.accepts(field)) {
                    return false;
                }
                byField.add(cell);
            }
            return byField.size() == 5;
        }

        private Cell named(String field) {
            return switch (field) {
                case PackedRowSchema.DOC_ID -> docId;
                case PackedRowSchema.SOURCE -> source;
                case PackedRowSchema.CHUNK -> chunk;
                case PackedRowSchema.TOKEN_START -> tokenStart;
                case PackedRowSchema.TOKEN_COUNT -> tokenCount;
                default -> null;
            };
        }

        @Override
        public Converter converter() {
            return this;
        }

        @Override
        public void clear() {
            present = false;
        }

        @Override
        public Converter getConverter(int field) {
            return byField.get(field).converter();
        }

        @Override
        public void start() {
            present = true;
            byField.forEach(Cell::clear);
        }

        @Override
        public void end() {}
    }
}
