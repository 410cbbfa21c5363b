package io.varlen.spark.rapids;

import io.varlen.sequence.CuSeqlens;
import io.varlen.spark.sql.Attend;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.types.DataType;

/**
 * The boundaries of a batch of rows of {@code varlen_attention}.
 *
 * @param queries of all rows, one behind the other
 * @param keys the same
 * @param dim elements of a head, the same in all rows
 * @param offsets of q's, k's and v's rows
 * @param nulls the rows with a null argument; null if there is none
 */
record AttentionBatch(CuSeqlens queries, CuSeqlens keys, int dim, List<int[]> offsets, BitSet nulls) {
    private static final int ARRAYS = 3;
    private static final int ALIGNMENT = 16;

    /** Null if rows have not one head size, do not lie end to end, or have not the shapes that they should. */
    static AttentionBatch of(Attend function, GpuColumns memory, GpuColumn... arguments) {
        ColumnDownload download = new ColumnDownload(memory);
        List<int[]> offsets = new ArrayList<>();
        BitSet nulls = new BitSet();
        for (int i = 0; i < arguments.length; i++) {
            BitSet own = download.nulls(arguments[i]);
            if (own != null) {
                nulls.or(own);
            }
            if (i < ARRAYS) {
                offsets.add(download.offsets(arguments[i]));
            }
        }
        Rows rows = new Rows(function, offsets, nulls);
        rows.add(
                boundaries(function, download, arguments, ARRAYS),
                boundaries(function, download, arguments, arguments.length - 1));
        AttentionBatch batch = rows.regular && rows.dim > 0 ? rows.batch() : null;
        return batch != null && batch.keys.total() > 0 && batch.isAligned(arguments) ? batch : null;
    }

    private static ColumnValues boundaries(Attend function, ColumnDownload download, GpuColumn[] arguments, int index) {
        DataType type = function.inputTypes()[index];
        return new ColumnValues(download.of(arguments[index], type), type, function, index + 1);
    }

    /** Elements of the result. */
    int outputs() {
        return end(0) - offsets.get(0)[0];
    }

    /** Where the elements of an argument begin. */
    long address(GpuColumn elements, int argument) {
        return elements.data().address() + (long) offsets.get(argument)[0] * Float.BYTES;
    }

    /** The output with the rows of q, but what is null. */
    ColumnParts result(GpuColumns memory, GpuBuffer output, List<GpuBuffer> taken) {
        int[] ends = offsets.get(0);
        int rows = ends.length - 1;
        int first = ends[0];
        GpuBuffer bounds = buffer(
                memory,
                ColumnUpload.bytes(IntStream.of(ends).map(end -> end - first).toArray()),
                taken);
        ByteBuffer validity = ColumnUpload.validity(nulls, rows);
        return new ColumnParts(
                ColumnKind.LIST,
                rows,
                nulls.cardinality(),
                validity == null ? null : buffer(memory, validity, taken),
                bounds,
                null,
                List.of(ColumnParts.of(ColumnKind.FLOAT, outputs(), output)));
    }

    private static GpuBuffer buffer(GpuColumns memory, ByteBuffer content, List<GpuBuffer> taken) {
        GpuBuffer buffer = memory.allocate(content.remaining());
        taken.add(buffer);
        buffer.write(0, content);
        return buffer;
    }

    private int end(int argument) {
        int[] ends = offsets.get(argument);
        return ends[ends.length - 1];
    }

    /** Also that no element is null, which takes a look at each. */
    private boolean isAligned(GpuColumn... arguments) {
        boolean fits = true;
        for (int i = 0; i < ARRAYS; i++) {
            try (GpuColumn elements = arguments[i].child(0)) {
                fits &= elements.validity() == null && address(elements, i) % ALIGNMENT == 0;
            }
        }
        return fits;
    }

    /** Goes from row to row. */
    private static final class Rows {
        private final Attend function;
        private final List<int[]> offsets;
        private final BitSet nulls;
        private final List<Integer> queries = new ArrayList<>();
        private final List<Integer> keys = new ArrayList<>();
        private int dim;
        private boolean regular = true;

        Rows(Attend function, List<int[]> offsets, BitSet nulls) {
            this.function = function;
            this.offsets = offsets;
            this.nulls = nulls;
        }

        void add(ColumnValues ofQueries, ColumnValues ofKeys) {
            for (int row = 0; regular && row < offsets.get(0).length - 1; row++) {
                int[] q = nulls.get(row) ? null : (int[]) ofQueries.of(row);
                int[] k = nulls.get(row) ? null : (int[]) ofKeys.of(row);
                regular = q == null ? length(0, row) + length(1, row) + length(2, row) == 0 : add(row, q, k);
            }
        }

        private int length(int argument, int row) {
            return offsets.get(argument)[row + 1] - offsets.get(argument)[row];
        }

        private boolean add(int row, int[] q, int[] k) {
            if (!isIncreasing(q) || !isIncreasing(k)) {
                return false;
            }
            int tokens = q[q.length - 1];
            long perDim = (long) tokens * function.heads();
            if (dim == 0 && perDim > 0) {
                dim = (int) (length(0, row) / perDim);
            }
            long keyElements = (long) k[k.length - 1] * function.kvHeads() * dim;
            append(queries, q);
            append(keys, k);
            return length(0, row) == perDim * dim
                    && (tokens == 0 || dim > 0)
                    && (tokens > 0 || k[k.length - 1] == 0)
                    && length(1, row) == keyElements
                    && length(2, row) == keyElements
                    && q.length == k.length;
        }

        private static boolean isIncreasing(int[] offsets) {
            boolean fits = offsets.length > 0 && offsets[0] == 0;
            for (int i = 1; fits && i < offsets.length; i++) {
                fits = offsets[i] >= offsets[i - 1];
            }
            return fits;
        }

        private static void append(List<Integer> lengths, int[] offsets) {
            for (int i = 1; i < offsets.length; i++) {
                lengths.add(offsets[i] - offsets[i - 1]);
            }
        }

        AttentionBatch batch() {
            return new AttentionBatch(cuSeqlens(queries), cuSeqlens(keys), dim, offsets, nulls);
        }

        private static CuSeqlens cuSeqlens(List<Integer> lengths) {
            return CuSeqlens.ofLengths(
                    lengths.stream().mapToInt(Integer::intValue).toArray());
        }
    }
}
