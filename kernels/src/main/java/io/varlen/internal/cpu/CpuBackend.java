package io.varlen.internal.cpu;

import io.varlen.InvalidInputException;
import io.varlen.attention.Activation;
import io.varlen.attention.Attention;
import io.varlen.attention.AttentionStatistics;
import io.varlen.attention.Backend;
import io.varlen.attention.Dtype;
import io.varlen.attention.FeedForward;
import io.varlen.attention.Heads;
import io.varlen.attention.Linear;
import io.varlen.attention.Norm;
import io.varlen.attention.Pooling;
import io.varlen.attention.Rope;
import io.varlen.attention.Tensor;
import io.varlen.sequence.CuSeqlens;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Transformer operations on the host's processor: matrix products by oneDNN, or in plain Java where it does not load; the
 * rest in Java. Tensors are in the Java heap.
 */
public final class CpuBackend implements Backend {
    public static final String NAME = "cpu";

    /** The system property that chooses the matrix products: {@code onednn}, {@code java}, or {@code auto} (the default). */
    public static final String GEMM_PROPERTY = "varlen.cpu.gemm";

    private static final Logger LOG = LoggerFactory.getLogger(CpuBackend.class);

    private final Gemm gemm;
    private final Kernels kernels;
    private final String whyKernels;
    private final Workers workers;

    private CpuBackend(Gemm gemm, Kernels kernels, String whyKernels, int threads) {
        this.gemm = gemm;
        this.kernels = kernels;
        this.whyKernels = whyKernels;
        this.workers = new Workers(threads);
    }

    /**
     * @param threads how many threads one call may use, the caller's among them
     * @throws InvalidInputException if {@value #GEMM_PROPERTY} asks for what is not there
     */
    public static CpuBackend open(int threads, Dtype dtype) {
        if (dtype == Dtype.BF16) {
            throw new InvalidInputException("this version does not multiply in bf16");
        }
        return open(threads, System.getProperty(GEMM_PROPERTY, "auto"), System.getProperty(Kernels.PROPERTY, "auto"));
    }

    static CpuBackend open(int threads, String gemm) {
        return open(threads, gemm, "auto");
    }

    static CpuBackend open(int threads, String gemm, String kernels) {
        String why = kernels.equals("auto") ? "the fastest that works here" : Kernels.PROPERTY + " is " + kernels;
        return new CpuBackend(gemm(gemm), Kernels.named(kernels), why, threads);
    }

    private static Gemm gemm(String name) {
        return switch (name) {
            case "auto" -> oneDnnElseJava();
            case OneDnnGemm.NAME -> oneDnn();
            case JavaGemm.NAME -> new JavaGemm();
            default ->
                throw new InvalidInputException(GEMM_PROPERTY + " is '" + name + "'; it can be auto, onednn or java");
        };
    }

    private static Gemm oneDnn() {
        try {
            return new OneDnnGemm();
        } catch (LinkageError | RuntimeException e) {
            throw new InvalidInputException(
                    "oneDNN does not work here (" + e + "); set " + GEMM_PROPERTY + " to auto", e);
        }
    }

    private static Gemm oneDnnElseJava() {
        try {
            return new OneDnnGemm();
        } catch (LinkageError | RuntimeException e) {
            LOG.warn(
                    "oneDNN does not work here ({}); matrix products run in plain Java, several times slower",
                    e.toString());
            return new JavaGemm();
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return gemm.description() + ", " + kernels.description() + ", threads per call: " + workers.threads();
    }

    @Override
    public Dtype dtype() {
        return Dtype.FP32;
    }

    @Override
    public Tensor tensor(int rows, int columns) {
        return CpuTensor.allocate(rows, columns);
    }

    @Override
    public Tensor tensor(float[] elements, int rows, int columns) {
        return new CpuTensor(elements, rows, columns);
    }

    @Override
    public Linear linear(float[] weight, int outputs, float[] bias, Activation activation) {
        require(
                outputs > 0 && weight.length > 0 && weight.length % outputs == 0,
                "a weight of " + weight.length + " elements for " + outputs + " outputs");
        require(bias == null || bias.length == outputs, "a bias that has not one element per output");
        return gemm.prepare(weight, outputs, bias, activation);
    }

    @Override
    public void linear(Tensor x, Linear layer, Tensor y) {
        require(
                x.rows() == y.rows() && x.columns() == layer.inputs() && y.columns() == layer.outputs(),
                "a linear layer from " + layer.inputs() + " to " + layer.outputs() + " between tensors of " + shape(x)
                        + " and " + shape(y));
        Gemm.Layer weights = (Gemm.Layer) layer;
        float[] from = CpuTensor.of(x).data();
        float[] to = CpuTensor.of(y).data();
        int blocks = (int) ((x.rows() + Gemm.ROW_BLOCK - 1L) / Gemm.ROW_BLOCK);
        workers.run(blocks, () -> block -> {
            int row = block * Gemm.ROW_BLOCK;
            weights.multiply(from, to, row, Math.min(Gemm.ROW_BLOCK, x.rows() - row));
        });
    }

    @Override
    public void gather(Tensor table, int[] rows, Tensor y) {
        require(
                rows.length == y.rows() && table.columns() == y.columns(),
                rows.length + " rows of " + shape(table) + " into " + shape(y));
        CpuTensor from = CpuTensor.of(table);
        CpuTensor to = CpuTensor.of(y);
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] < 0 || rows[i] >= table.rows()) {
                throw new IllegalArgumentException("row " + rows[i] + " of a tensor with " + table.rows() + " rows");
            }
            System.arraycopy(from.data(), from.row(rows[i]), to.data(), to.row(i), to.columns());
        }
    }

    @Override
    public void feedForward(Tensor x, FeedForward layer, Tensor y) {
        try (Tensor up = tensor(x.rows(), layer.up().outputs());
                Tensor inner = layer.gate() == null ? up : tensor(x.rows(), layer.inner())) {
            linear(x, layer.up(), up);
            if (layer.gate() != null) {
                gate(CpuTensor.of(up), layer.gate(), CpuTensor.of(inner));
            }
            linear(inner, layer.down(), y);
        }
    }

    private static void gate(CpuTensor up, Activation activation, CpuTensor inner) {
        for (int row = 0; row < inner.rows(); row++) {
            int from = up.row(row);
            int to = inner.row(row);
            for (int c = 0; c < inner.columns(); c++) {
                inner.data()[to + c] =
                        Activations.of(activation, up.data()[from + c]) * up.data()[from + inner.columns() + c];
            }
        }
    }

    @Override
    public void norm(Tensor x, Norm norm, Tensor y) {
        requireSameShape(x, y);
        require(x.columns() == norm.columns(), "a norm of " + norm.columns() + " columns for " + shape(x));
        CpuTensor from = CpuTensor.of(x);
        CpuTensor to = CpuTensor.of(y);
        NormRows rows = new NormRows(norm);
        for (int row = 0; row < from.rows(); row++) {
            rows.norm(from.data(), from.row(row), to.data(), to.row(row));
        }
    }

    @Override
    public void addNorm(Tensor x, Tensor y, Norm norm, Tensor z) {
        add(x, y);
        norm(x, norm, z);
    }

    @Override
    public void add(Tensor x, Tensor y) {
        requireSameShape(x, y);
        CpuTensor sum = CpuTensor.of(x);
        CpuTensor addend = CpuTensor.of(y);
        for (int row = 0; row < sum.rows(); row++) {
            NormRows.add(sum.data(), addend.data(), sum.row(row), sum.columns());
        }
    }

    @Override
    public void norm(Heads x, Norm norm) {
        require(x.dim() == norm.columns(), "a norm of " + norm.columns() + " columns for heads of " + x.dim());
        float[] data = CpuTensor.of(x.tensor()).data();
        NormRows rows = new NormRows(norm);
        for (int token = 0; token < x.tokens(); token++) {
            for (int head = 0; head < x.count(); head++) {
                int at = (int) x.elementOffset(token, head);
                rows.norm(data, at, data, at);
            }
        }
    }

    @Override
    public void rotate(Heads x, Rope rope, int[] positions) {
        require(positions.length == x.tokens(), positions.length + " positions for " + x.tokens() + " tokens");
        require(rope.dim() <= x.dim(), "a rotation of " + rope.dim() + " elements for heads of " + x.dim());
        Rotation rotation = new Rotation(rope);
        float[] data = CpuTensor.of(x.tensor()).data();
        for (int token = 0; token < positions.length; token++) {
            for (int head = 0; head < x.count(); head++) {
                rotation.apply(data, (int) x.elementOffset(token, head), positions[token]);
            }
        }
    }

    @Override
    public void attention(Attention call) {
        List<QueryTile> tiles = QueryTile.of(call.mask().queries());
        int heads = call.q().count();
        workers.run(Math.multiplyExact(tiles.size(), heads), () -> {
            AttentionKernel kernel = kernels.attention(call);
            return item -> kernel.run(tiles.get(item / heads), item % heads);
        });
    }

    @Override
    public void statistics(AttentionStatistics statistics) {
        Attention call = statistics.call();
        List<QueryTile> tiles = QueryTile.of(call.mask().queries());
        int heads = call.q().count();
        workers.run(Math.multiplyExact(tiles.size(), heads), () -> {
            QueryStatistics queries = new QueryStatistics(statistics);
            return item -> queries.run(tiles.get(item / heads), item % heads);
        });
    }

    @Override
    public String explain(Attention call) {
        return kernels.description() + " (" + whyKernels + ")";
    }

    @Override
    public void pool(Tensor x, CuSeqlens sequences, Pooling pooling, Tensor y) {
        require(
                x.rows() == sequences.total() && y.rows() == sequences.count() && x.columns() == y.columns(),
                sequences.count() + " sequences of " + shape(x) + " into " + shape(y));
        CpuTensor from = CpuTensor.of(x);
        CpuTensor to = CpuTensor.of(y);
        PooledRows rows = new PooledRows(pooling, x.columns());
        for (int i = 0; i < sequences.count(); i++) {
            require(sequences.length(i) > 0, "sequence " + i + " is empty; there is nothing to pool");
            rows.pool(from.data(), from.row(sequences.start(i)), sequences.length(i), to.data(), to.row(i));
        }
    }

    @Override
    public void crossEntropy(Tensor x, Linear head, int[] targets, double[] nll) {
        require(
                targets.length == x.rows() && nll.length == x.rows() && head.inputs() == x.columns(),
                targets.length + " targets for " + shape(x) + " and a head of " + head.inputs() + " inputs");
        Gemm.Layer weights = (Gemm.Layer) head;
        int blocks = (int) ((x.rows() + Gemm.ROW_BLOCK - 1L) / Gemm.ROW_BLOCK);
        workers.run(blocks, () -> {
            CrossEntropy rows = new CrossEntropy(weights, CpuTensor.of(x), targets, nll);
            return block -> rows.run(block * Gemm.ROW_BLOCK);
        });
    }

    @Override
    public void close() {
        workers.close();
        gemm.close();
    }

    private static void requireSameShape(Tensor x, Tensor y) {
        require(x.rows() == y.rows() && x.columns() == y.columns(), shape(x) + " and " + shape(y) + " differ");
    }

    private static String shape(Tensor tensor) {
        return "[" + tensor.rows() + ", " + tensor.columns() + "]";
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
