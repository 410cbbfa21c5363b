package io.varlen.spark.rapids;

import io.varlen.spark.engine.Engine;
import io.varlen.spark.sql.Embed;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.types.DataType;

/**
 * {@code varlen_embed} of all texts of a batch together, whether each is a row or rows are arrays of them. Texts go over the host, where
 * they are tokenized; vectors come back in the memory that becomes the column.
 *
 * @param type of the argument
 */
record EmbedColumn(Embed function, DataType type) implements ColumnarFunction {
    @Override
    public GpuColumn evaluate(GpuColumns memory, int rows, GpuColumn... arguments) {
        ColumnValues values = new ColumnValues(new ColumnDownload(memory).of(arguments[0], type), type, function, 1);
        List<byte[]> texts = new ArrayList<>();
        Object[] results = new Object[rows];
        for (int row = 0; row < rows; row++) {
            results[row] = values.of(row);
            if (results[row] instanceof byte[][] array) {
                texts.addAll(java.util.Arrays.asList(array));
            } else if (results[row] != null) {
                texts.add((byte[]) results[row]);
            }
        }
        memory.rows((long) texts.size() * function.setup().form().dimension(), "the elements of all vectors");
        replace(results, embedded(texts));
        return ColumnUpload.of(new ColumnBuilder(memory).of(function.resultType(), results), memory);
    }

    private float[][] embedded(List<byte[]> texts) {
        if (texts.isEmpty()) {
            return new float[0][];
        }
        try {
            return function.embed(texts.toArray(byte[][]::new));
        } finally {
            Engine.get().backend(function.setup().model().compute()).forget(); // the next batch has other boundaries
        }
    }

    /** Texts by their vectors. */
    private void replace(Object[] results, float[][] vectors) {
        int next = 0;
        for (int row = 0; row < results.length; row++) {
            if (results[row] instanceof byte[][] array) {
                results[row] = java.util.Arrays.copyOfRange(vectors, next, next + array.length);
                next += array.length;
            } else if (results[row] != null) {
                results[row] = vectors[next++];
            }
        }
    }
}
