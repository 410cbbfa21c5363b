package io.varlen.internal.cpu;

import io.varlen.InvalidInputException;
import io.varlen.attention.Activation;
import io.varlen.attention.Attention;
import io.varlen.attention.Backend;
import io.varlen.attention.LayerNorm;
import io.varlen.attention.Linear;
import io.varlen.attention.Tensor;
import io.varlen.internal.cpu.FlashAttention.QueryTile;
import io.varlen.sequence.CuSeqlens;
import java.util.Arrays;
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
    private final Workers workers;

    private CpuBackend(Gemm gemm, int threads) {
        this.gemm = gemm;
        this.workers = new Workers(threads);
    }

    /**
     * @param threads how many threads one call may use, the caller's among them
     * @throws InvalidInputException if {@value #GEMM_PROPERTY} asks for what is not there
     */
    public static CpuBackend open(int threads) {
        return open(threads, System.getProperty(GEMM_PROPERTY, "auto"));
    }

    static CpuBackend open(int threads, String gemm) {
        return switch (gemm) {
            case "auto" -> new CpuBackend(oneDnnElseJava(), threads);
            case OneDnnGemm.NAME -> new CpuBackend(oneDnn(), threads);
            case JavaGemm.NAME -> new CpuBackend(new JavaGemm(), threads);
            default ->
                throw new InvalidInputException(GEMM_PROPERTY + " is '" + gemm + "'; it can be auto, onednn or java");
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
        return gemm.description() + ", attention in Java, threads per call: " + workers.threads();
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
    public Linear linear(float[] weight, float[] bias, Activation activation) {
        require(
                bias.length > 0 && weight.length > 0 && weight.length % bias.length == 0,
                "a weight of " + weight.length + " elements for " + bias.length + " outputs");
        return gemm.prepare(weight, bias, activation);
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
    public void addNorm(Tensor x, Tensor y, LayerNorm norm) {
        require(
                x.rows() == y.rows() && x.columns() == y.columns() && x.columns() == norm.columns(),
                "a layer normalisation of " + norm.columns() + " columns for " + shape(x) + " and " + shape(y));
        CpuTensor sum = CpuTensor.of(x);
        CpuTensor addend = CpuTensor.of(y);
        LayerNormRows rows = new LayerNormRows(norm);
        for (int row = 0; row < sum.rows(); row++) {
            rows.addNorm(sum.data(), addend.data(), sum.row(row));
        }
    }

    @Override
    public void attention(Attention call) {
        List<QueryTile> tiles = QueryTile.of(call.mask().queries());
        int heads = call.q().count();
        workers.run(Math.multiplyExact(tiles.size(), heads), () -> {
            FlashAttention kernel = new FlashAttention(call);
            return item -> kernel.run(tiles.get(item / heads), item % heads);
        });
    }

    @Override
    public void mean(Tensor x, CuSeqlens sequences, Tensor y) {
        require(
                x.rows() == sequences.total() && y.rows() == sequences.count() && x.columns() == y.columns(),
                "means of " + sequences.count() + " sequences of " + shape(x) + " into " + shape(y));
        CpuTensor from = CpuTensor.of(x);
        CpuTensor to = CpuTensor.of(y);
        double[] sum = new double[x.columns()];
        for (int i = 0; i < sequences.count(); i++) {
            Arrays.fill(sum, 0);
            for (int row = sequences.start(i); row < sequences.end(i); row++) {
                for (int c = 0; c < sum.length; c++) {
                    sum[c] += from.data()[from.row(row) + c];
                }
            }
            for (int c = 0; c < sum.length; c++) {
                to.data()[to.row(i) + c] = (float) (sum[c] / sequences.length(i));
            }
        }
    }

    @Override
    public void close() {
        workers.close();
        gemm.close();
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
