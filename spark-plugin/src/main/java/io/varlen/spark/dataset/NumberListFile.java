package io.varlen.spark.dataset;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;

/** A Parquet file whose columns are lists of whole numbers, as trainers read them; no list is empty. */
public final class NumberListFile implements Closeable {
    /** What a list holds. */
    public enum Element {
        INT8,
        INT32,
        INT64,
        /** 32-bit numbers that hardly repeat. */
        TOKEN_ID
    }

    /** A column. */
    public record Column(String name, Element element) {
        private Type type() {
            return switch (element) {
                case INT8 ->
                    Types.requiredList()
                            .requiredElement(PrimitiveTypeName.INT32)
                            .as(LogicalTypeAnnotation.intType(Byte.SIZE, true))
                            .named(name);
                case INT32, TOKEN_ID ->
                    Types.requiredList()
                            .requiredElement(PrimitiveTypeName.INT32)
                            .named(name);
                case INT64 ->
                    Types.requiredList()
                            .requiredElement(PrimitiveTypeName.INT64)
                            .named(name);
            };
        }
    }

    private final ColumnFile file;
    private final Map<String, Element> elements = new TreeMap<>();

    /** @param rowGroupRows the most rows of a row group */
    public NumberListFile(OutputFile file, Configuration hadoop, List<Column> columns, int rowGroupRows)
            throws IOException {
        List<Type> types = new ArrayList<>();
        columns.forEach(column -> {
            elements.put(column.name(), column.element());
            types.add(column.type());
        });
        Set<String> tokenIds = Set.copyOf(columns.stream()
                .filter(column -> column.element() == Element.TOKEN_ID)
                .map(Column::name)
                .toList());
        this.file = new ColumnFile(file, hadoop, new MessageType("row", types), tokenIds, rowGroupRows);
    }

    /** The row's list in one column: {@code values[from, to)}. */
    public void list(String name, int[] values, int from, int to) {
        if (from >= to) {
            throw new IllegalArgumentException("a list is not empty");
        }
        ColumnWriter column = file.column(name + ".list.element");
        boolean wide = elements.get(name) == Element.INT64;
        // a list's first element has repetition level 0, the others 1; all have definition level 1
        for (int i = from; i < to; i++) {
            int repetition = i == from ? 0 : 1;
            if (wide) {
                column.write((long) values[i], repetition, 1);
            } else {
                column.write(values[i], repetition, 1);
            }
        }
    }

    /** Ends the row, of which all columns have their lists. */
    public void endRow() throws IOException {
        file.endRow();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
