package io.varlen.internal.cpu;

import static io.varlen.internal.Operands.requireCrossEntropy;
import static io.varlen.internal.Operands.requireFeedForward;
import static io.varlen.internal.Operands.requireGather;
import static io.varlen.internal.Operands.requireGatherNorm;
import static io.varlen.internal.Operands.requireLinear;
import static io.varlen.internal.Operands.requireNorm;
import static io.varlen.internal.Operands.requirePool;
import static io.varlen.internal.Operands.requireRotation;
import static io.varlen.internal.Operands.requireRow;
import static io.varlen.internal.Operands.requireSameShape;
import static io.varlen.internal.Operands.requireWeights;

import io.varlen.InvalidInputException;
import io.varlen.attention.Activation;
import io.varlen.attention.Attention;
import io.varlen.attention.AttentionStatistics;
import io.varlen.attention.Backend;
import io.varlen.attention.Dtype;
import io.varlen.attention.FeedForward;
import io.varlen.attention.Heads;
import io.varlen.attention.Linear;
import io.varlen.attention.MemoryUse;
import io.varlen.attention.Norm;
import io.varlen.attention.Pooling;
import io.varlen.attention.Rope;
import io.varlen.attention.Tensor;
import io.varlen.mask.QueryTile;
import io.varlen.sequence.CuSeqlens;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Transformer operations on the host's processor: matrix products by oneDNN, or in plain Java where it does not load; the
 * rest in Java's vectors, or in plain Java where the JVM has none. Tensors are in the Java heap.
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
    private final WarmUp warmUp;

    private CpuBackend(Gemm gemm, Kernels kernels, String whyKernels, int threads) {
        this.gemm = gemm;
        this.kernels = kernels;
        this.whyKernels = whyKernels;
        this.workers = new Workers(threads);
        this.warmUp = WarmUp.start(kernels);
    }

    /**
     * @param threads how many threads one call may use, the caller's among them
     * @throws InvalidInputException if {@value #GEMM_PROPERTY} asks for what is not there
     */
    public static CpuBackend open(int threads, Dtype dtype) {
        return open(
                threads,
                dtype,
                System.getProperty(GEMM_PROPERTY, "auto"),
                System.getProperty(Kernels.PROPERTY, "auto"));
    }

    static CpuBackend open(int threads, Dtype dtype, String gemm, String kernels) {
        if (dtype == Dtype.FP16) {
            throw new InvalidInputException("the cpu backend does not multiply in fp16; use dtype fp32, bf16 or auto");
        }
        Kernels loops = Kernels.named(kernels);
        Gemm products = gemm(gemm, loops, dtype);
        if (dtype == Dtype.BF16 && products.dtype() != dtype) {
            String description = products.description();
            products.close();
            throw new InvalidInputException("bf16 is not multiplied here (" + description
                    + "): it takes oneDNN and a processor with AVX-512 BF16 or AMX; use dtype fp32 or auto");
        }
        String why = kernels.equals("auto") ? "the fastest that works here" : Kernels.PROPERTY + " is " + kernels;
        return new CpuBackend(products, loops, why, threads);
    }

    static CpuBackend open(int threads, String gemm, String kernels) {
        return open(threads, Dtype.FP32, gemm, kernels);
    }

    private static Gemm gemm(String name, Kernels kernels, Dtype dtype) {
        return switch (name) {
            case "auto" -> oneDnnElseJava(kernels, dtype);
            case OneDnnGemm.NAME -> oneDnn(kernels, dtype);
            case JavaGemm.NAME -> new JavaGemm();
            default ->
                throw new InvalidInputException(GEMM_PROPERTY + " is '" + name + "'; it can be auto, onednn or java");
        };
    }

    private static Gemm oneDnn(Kernels kernels, Dtype dtype) {
        try {
            return new OneDnnGemm(kernels, dtype);
        } catch (LinkageError | RuntimeException e) {
            throw new InvalidInputException(
                    "oneDNN does not work here (" + e + "); set " + GEMM_PROPERTY + " to auto", e);
        }
    }

    private static Gemm oneDnnElseJava(Kernels kernels, Dtype dtype) {
        try {
            return new OneDnnGemm(kernels, dtype);
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
    public MemoryUse memoryUse() {
        Runtime heap = Runtime.getRuntime();
        return new MemoryUse("heap", heap.totalMemory() - heap.freeMemory(), heap.maxMemory());
    }

    @Override
    public List<Dtype> dtypes() {
        return gemm.multipliesBf16() ? List.of(Dtype.FP32, Dtype.BF16) : List.of(Dtype.FP32);
    }

    @Override
    public Dtype dtype() {
        return gemm.dtype();
    }

    @Override
    public long memory() {
        return Runtime.getRuntime().maxMemory() / 2;
    }

    @Override
    public int activationBytes() {
        return Float.BYTES;
    }

    @Override
    public Tensor tensor(int rows, int columns) {
        return CpuTensor.allocate(rows, columns);
    }

    /** The same: products round what they read to bf16 themselves. */
    @Override
    public Tensor activations(int rows, int columns) {
        return tensor(rows, columns);
    }

    @Override
    public Tensor tensor(float[] elements, int rows, int columns) {
        return new CpuTensor(elements, rows, columns);
    }

    @Override
    public Linear linear(float[] weight, int outputs, float[] bias, Activation activation) {
        requireWeights(weight, outputs, bias);
        return gemm.prepare(weight, outputs, bias, activation);
    }

    @Override
    public void linear(Tensor x, Linear layer, Tensor y) {
        requireLinear(x, layer, y);
        Gemm.Layer weights = (Gemm.Layer) layer;
        float[] from = CpuTensor.of(x).data();
        float[] to = CpuTensor.of(y).data();
        forBlocks(x.rows(), (row, rows) -> weights.multiply(from, to, row, rows));
    }

    @Override
    public void gather(Tensor table, int[] rows, Tensor y) {
        requireGather(table, rows, y);
        CpuTensor from = CpuTensor.of(table);
        CpuTensor to = CpuTensor.of(y);
        for (int i = 0; i < rows.length; i++) {
            requireRow(table, rows[i]);
            System.arraycopy(from.data(), from.row(rows[i]), to.data(), to.row(i), to.columns());
        }
    }

    @Override
    public void gatherNorm(Tensor table, int[] rows, Norm norm, Tensor x, Tensor z) {
        gather(table, rows, x);
        norm(x, norm, z);
    }

    @Override
    public void gatherNorm(Tensor table, int[] rows, Tensor addend, int[] addendRows, Norm norm, Tensor x, Tensor z) {
        requireGatherNorm(table, rows, addend, addendRows, norm, x, z);
        gather(table, rows, x);
        try (Tensor y = tensor(x.rows(), x.columns())) {
            gather(addend, addendRows, y);
            addNorm(x, y, norm, z);
        }
    }

    @Override
    public void feedForward(Tensor x, FeedForward layer, Tensor y) {
        requireFeedForward(x, layer, y);
        float[] from = CpuTensor.of(x).data();
        float[] to = CpuTensor.of(y).data();
        forBlocks(x.rows(), (row, rows) -> gemm.feedForward(layer, from, to, row, rows));
    }

    @Override
    public void norm(Tensor x, Norm norm, Tensor y) {
        requireSameShape(x, y);
        requireNorm(x, norm);
        CpuTensor from = CpuTensor.of(x);
        CpuTensor to = CpuTensor.of(y);
        NormKernel kernel = kernels.norm(norm);
        forRows(x.rows(), row -> kernel.norm(from.data(), from.row(row), to.data(), to.row(row)));
    }

    @Override
    public void addNorm(Tensor x, Tensor y, Norm norm, Tensor z) {
        requireSameShape(x, y);
        requireSameShape(x, z);
        requireNorm(x, norm);
        CpuTensor sum = CpuTensor.of(x);
        CpuTensor addend = CpuTensor.of(y);
        CpuTensor to = CpuTensor.of(z);
        NormKernel kernel = kernels.norm(norm);
        forRows(x.rows(), row -> {
            sum.addRow(row, addend);
            kernel.norm(sum.data(), sum.row(row), to.data(), to.row(row));
        });
    }

    @Override
    public void add(Tensor x, Tensor y) {
        requireSameShape(x, y);
        CpuTensor sum = CpuTensor.of(x);
        CpuTensor addend = CpuTensor.of(y);
        forRows(x.rows(), row -> sum.addRow(row, addend));
    }

    @Override
    public void norm(Heads x, Norm norm) {
        requireNorm(x, norm);
        float[] data = CpuTensor.of(x.tensor()).data();
        NormKernel kernel = kernels.norm(norm);
        forRows(x.tokens(), token -> {
            for (int head = 0; head < x.count(); head++) {
                int at = (int) x.elementOffset(token, head);
                kernel.norm(data, at, data, at);
            }
        });
    }

    @Override
    public void rotate(Heads x, Rope rope, int[] positions) {
        requireRotation(x, rope, positions);
        Rotation rotation = new Rotation(rope, kernels);
        float[] data = CpuTensor.of(x.tensor()).data();
        forRows(positions.length, token -> {
            for (int head = 0; head < x.count(); head++) {
                rotation.apply(data, (int) x.elementOffset(token, head), positions[token]);
            }
        });
    }

    @Override
    public void attention(Attention call) {
        List<QueryTile> tiles = call.mask().queryTiles(kernels.queriesPerTile());
        int heads = call.q().count();
        workers.run(
                Math.multiplyExact(tiles.size(), heads),
                () -> kernels.attention(call),
                (kernel, item) -> kernel.run(tiles.get(item / heads), item % heads),
                AttentionKernel::close);
    }

    @Override
    public void statistics(AttentionStatistics statistics) {
        Attention call = statistics.call();
        List<QueryTile> tiles = call.mask().queryTiles(QueryStatistics.QUERIES_PER_TILE);
        int heads = call.q().count();
        workers.run(Math.multiplyExact(tiles.size(), heads), () -> {
            QueryStatistics queries = new QueryStatistics(statistics);
            return item -> queries.run(tiles.get(item / heads), item % heads);
        });
    }

    @Override
    public String explain(Attention call) {
        List<String> reasons = new ArrayList<>();
        if (call.options().softcap() > 0) {
            reasons.add("a soft cap");
        }
        if (call.options().bias() != null) {
            reasons.add("a bias");
        }
        if (call.mask().isDense()) {
            reasons.add("a dense mask");
        }
        return kernels.description() + " (" + whyKernels + ")"
                + (reasons.isEmpty() ? "" : ", its slow general path for " + String.join(", ", reasons));
    }

    @Override
    public void pool(Tensor x, CuSeqlens sequences, Pooling pooling, Tensor y) {
        requirePool(x, sequences, y);
        CpuTensor from = CpuTensor.of(x);
        CpuTensor to = CpuTensor.of(y);
        PooledRows rows = new PooledRows(pooling, x.columns());
        for (int i = 0; i < sequences.count(); i++) {
            rows.pool(from.data(), from.row(sequences.start(i)), sequences.length(i), to.data(), to.row(i));
        }
    }

    @Override
    public void crossEntropy(Tensor x, Linear head, int[] targets, double[] nll) {
        requireCrossEntropy(x, head, targets, nll);
        Gemm.Layer weights = (Gemm.Layer) head;
        forBlocks(x.rows(), () -> new CrossEntropy(kernels, weights, CpuTensor.of(x), targets, nll)::run);
    }

    /** Nothing to do: operations return when they are done. */
    @Override
    public void finish() {}

    @Override
    public void close() {
        warmUp.close();
        workers.close();
        gemm.close();
    }

    /** Some rows of a tensor. */
    private interface Rows {
        void run(int row, int rows);
    }

    /** Runs over blocks of {@link Gemm#ROW_BLOCK} rows, on as many threads as there are. */
    private void forBlocks(int rows, Rows work) {
        forBlocks(rows, () -> work);
    }

    /** The same with work that is made once for each thread and may hold scratch memory. */
    private void forBlocks(int rows, Supplier<Rows> work) {
        int blocks = (int) ((rows + Gemm.ROW_BLOCK - 1L) / Gemm.ROW_BLOCK);
        workers.run(blocks, () -> {
            Rows own = work.get();
            return block -> {
                int row = block * Gemm.ROW_BLOCK;
                own.run(row, Math.min(Gemm.ROW_BLOCK, rows - row));
            };
        });
    }

    private void forRows(int rows, IntConsumer work) {
        forBlocks(rows, (row, count) -> {
            for (int i = row; i < row + count; i++) {
                work.accept(i);
            }
        });
    }
}
