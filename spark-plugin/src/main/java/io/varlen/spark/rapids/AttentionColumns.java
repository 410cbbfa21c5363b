package io.varlen.spark.rapids;

import io.varlen.attention.Attention;
import io.varlen.attention.AttentionOptions;
import io.varlen.attention.Backend;
import io.varlen.attention.Dtype;
import io.varlen.attention.Heads;
import io.varlen.attention.Tensor;
import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.spark.engine.Compute;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.sql.Attend;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * {@code varlen_attention} where its columns are: one call for all rows, whose queries, keys and values are the elements of the list
 * columns themselves and whose {@code cu_seqlens} are their offsets and those within each row. Nothing but offsets goes over the host.
 *
 * @param backend what computes
 * @param otherwise computes what has not that form, and says what is wrong
 */
record AttentionColumns(Attend function, Supplier<Backend> backend, ColumnarFunction otherwise)
        implements ColumnarFunction {
    /** On what the configuration of a Spark application chooses. */
    static AttentionColumns of(Attend function, ColumnarFunction otherwise) {
        return new AttentionColumns(
                function, () -> Engine.get().backend(new Compute(function.backend(), Dtype.FP32)), otherwise);
    }

    @Override
    public GpuColumn evaluate(GpuColumns memory, int rows, GpuColumn... arguments) {
        Backend opened = backend.get();
        AttentionBatch batch = opened.isHosted() ? AttentionBatch.of(function, memory, arguments) : null;
        try {
            return batch == null ? otherwise.evaluate(memory, rows, arguments) : on(opened, batch, memory, arguments);
        } finally {
            opened.forget(); // the next batch has other boundaries
        }
    }

    private GpuColumn on(Backend opened, AttentionBatch batch, GpuColumns memory, GpuColumn... arguments) {
        List<GpuBuffer> taken = new ArrayList<>();
        ColumnParts parts;
        try {
            GpuBuffer output = memory.allocate((long) batch.outputs() * Float.BYTES);
            taken.add(output);
            attend(opened, batch, output, arguments);
            parts = batch.result(memory, output, taken);
        } catch (RuntimeException | Error e) {
            taken.forEach(GpuBuffer::close);
            throw e;
        }
        return memory.column(parts);
    }

    private void attend(Backend opened, AttentionBatch batch, GpuBuffer output, GpuColumn... arguments) {
        int dim = batch.dim();
        MaskPlan plan = MaskPlan.of(Mask.parse(function.mask()), batch.queries(), batch.keys());
        AttentionOptions options =
                function.scale() == null ? AttentionOptions.forHeadDim(dim) : AttentionOptions.scaled(function.scale());
        int queries = batch.queries().total();
        int keys = batch.keys().total();
        int heads = function.heads();
        int kvHeads = function.kvHeads();
        try (GpuColumn q = arguments[0].child(0);
                GpuColumn k = arguments[1].child(0);
                GpuColumn v = arguments[2].child(0);
                Tensor queryTensor = opened.tensor(batch.address(q, 0), queries, heads * dim);
                Tensor keyTensor = opened.tensor(batch.address(k, 1), keys, kvHeads * dim);
                Tensor values = opened.tensor(batch.address(v, 2), keys, kvHeads * dim);
                Tensor result = opened.tensor(output.address(), queries, heads * dim)) {
            opened.attention(new Attention(
                    Heads.of(queryTensor, heads),
                    Heads.of(keyTensor, kvHeads),
                    Heads.of(values, kvHeads),
                    plan,
                    options.withSoftcap(function.softcap()),
                    Heads.of(result, heads),
                    null));
        }
    }
}
