package io.varlen.internal.cuda;

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
import io.varlen.attention.Backends;
import io.varlen.attention.DeviceAllocator;
import io.varlen.attention.DeviceComparison;
import io.varlen.attention.Dtype;
import io.varlen.attention.FeedForward;
import io.varlen.attention.Gpu;
import io.varlen.attention.Heads;
import io.varlen.attention.Linear;
import io.varlen.attention.MemoryUse;
import io.varlen.attention.Norm;
import io.varlen.attention.Pooling;
import io.varlen.attention.Rope;
import io.varlen.attention.Tensor;
import io.varlen.sequence.CuSeqlens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * Transformer operations on an NVIDIA GPU. Each is given to the calling thread's stream and returns at once, but for those whose
 * result is on the host. Parameters, pooled rows and LSE are fp32; activations are in the backend's dtype.
 */
public final class CudaBackend implements Backend {
    public static final String NAME = "cuda";

    /** As much of the inner tensor of a feed-forward part as keeps a GPU busy for long enough. */
    private static final long INNER_BYTES = 256L << 20;

    /** Parts begin at multiples of this, which is one of the tile of every matrix product. */
    private static final int ROW_BLOCK = 256;

    private final CudaSession session;
    private final Set<CudaTensor> open = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Dtype dtype;
    private final Element element;
    private final long innerBytes;
    private final AttentionForms attention;
    private final CudaStatistics statistics;
    private final CudaGemm gemm;
    private final CudaGather gather;
    private final CudaNorms norms;
    private final CudaEmbedding embedding;
    private final CudaSums sums;
    private final CudaRotation rotation;
    private final CudaPooling pooling;
    private final CudaCrossEntropy crossEntropy;

    /**
     * On a device, whether or not anything is recorded as proven on its kind.
     *
     * @param address which one, as {@link DeviceAddress} takes it; null for the one that the system property names
     * @throws InvalidInputException if there is none, or none that works with that dtype; the message says why
     */
    public static CudaBackend open(Dtype dtype, String address) {
        return new CudaOpening(CudaSessions.ofProcess(), dtype, address, ProvenForms::on).byName();
    }

    /**
     * The same with what is recorded as proven on that kind of device alone.
     *
     * @throws InvalidInputException also if that is not enough
     */
    public static CudaBackend openProven(Dtype dtype, String address) {
        return new CudaOpening(CudaSessions.ofProcess(), dtype, address, ProvenForms::on).proven();
    }

    /**
     * The devices of this machine, none of which is opened.
     *
     * @throws InvalidInputException if there is no driver, or it does not work
     */
    public static List<Gpu> gpus() {
        return new CudaOpening(CudaSessions.ofProcess(), Dtype.AUTO, ProvenForms::on).gpus();
    }

    /** @see Backends#allocateBy */
    public static void allocateBy(DeviceAllocator allocator) {
        CudaSessions.allocateBy(allocator);
    }

    /** With nothing proven. */
    CudaBackend(CudaSession session, Dtype dtype, AttentionForms attention) {
        this(session, dtype, attention, CudaGemm.of(session, Set.of()));
    }

    /** @param gemm closed with this, as is the session for one of its users */
    CudaBackend(CudaSession session, Dtype dtype, AttentionForms attention, CudaGemm gemm) {
        this(session, dtype, attention, gemm, INNER_BYTES);
    }

    /** @param innerBytes how much of the inner tensor of a feed-forward part there is at once, about */
    CudaBackend(CudaSession session, Dtype dtype, AttentionForms attention, CudaGemm gemm, long innerBytes) {
        Launcher launcher = session.launcher();
        this.session = session;
        this.dtype = dtype;
        this.element = Element.of(dtype);
        this.innerBytes = innerBytes;
        this.attention = attention;
        this.statistics = new CudaStatistics(session);
        this.gemm = gemm;
        this.gather = new CudaGather(launcher);
        this.norms = new CudaNorms(launcher);
        this.embedding = new CudaEmbedding(launcher);
        this.sums = new CudaSums(launcher);
        this.rotation = new CudaRotation(launcher);
        this.pooling = new CudaPooling(launcher);
        this.crossEntropy = new CudaCrossEntropy(session, gemm);
    }

    CudaSession session() {
        return session;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        DeviceProperties device = session.device().properties();
        return device.name() + " (" + device.architecture() + "), " + dtype.optionName() + ", " + gemm.description()
                + ", " + (session.memory().budget() >> 20) + " MB of device memory at most";
    }

    @Override
    public MemoryUse memoryUse() {
        DeviceProperties device = session.device().properties();
        return new MemoryUse(
                "device " + device.ordinal(),
                session.memory().used(),
                session.memory().budget());
    }

    @Override
    public List<Dtype> dtypes() {
        return session.device().properties().isAmpereOrLater()
                ? List.of(Dtype.FP32, Dtype.BF16, Dtype.FP16)
                : List.of(Dtype.FP32, Dtype.FP16);
    }

    @Override
    public Dtype dtype() {
        return dtype;
    }

    @Override
    public long memory() {
        return session.memory().left();
    }

    @Override
    public int activationBytes() {
        return element.bytes();
    }

    @Override
    public Tensor tensor(int rows, int columns) {
        return session.tensor(Element.F32, rows, columns).in(open);
    }

    @Override
    public Tensor activations(int rows, int columns) {
        return session.tensor(element, rows, columns).in(open);
    }

    @Override
    public Tensor tensor(float[] elements, int rows, int columns) {
        return session.upload(elements, Element.F32, rows, columns).in(open);
    }

    @Override
    public boolean isHosted() {
        return session.isHosted();
    }

    @Override
    public Tensor tensor(long address, int rows, int columns) {
        if (!isHosted()) {
            return Backend.super.tensor(address, rows, columns);
        }
        return session.tensor(address, rows, columns).in(open);
    }

    @Override
    public void forget() {
        session.stream().plans().clear();
        session.stream().positions().clear();
    }

    @Override
    public Linear linear(float[] weight, int outputs, float[] bias, Activation activation) {
        requireWeights(weight, outputs, bias);
        List<CudaTensor> uploaded = new ArrayList<>();
        try {
            uploaded.add(session.upload(weight, element, outputs, weight.length / outputs));
            uploaded.add(bias == null ? null : session.upload(bias, Element.F32, 1, outputs));
            boolean rounds = bias != null && gemm.asksForRoundedBias();
            uploaded.add(rounds ? session.upload(bias, element, 1, outputs) : null);
            uploaded.stream().filter(Objects::nonNull).forEach(tensor -> tensor.in(open));
            return new CudaLinear(uploaded.get(0), uploaded.get(1), uploaded.get(2), activation);
        } catch (RuntimeException | Error e) {
            uploaded.stream().filter(Objects::nonNull).forEach(CudaTensor::close);
            throw e;
        }
    }

    @Override
    public void linear(Tensor x, Linear layer, Tensor y) {
        requireLinear(x, layer, y);
        CudaStream stream = session.stream();
        try (Narrow narrow = narrow(x, stream)) {
            gemm.multiply(narrow.matrix(), CudaLinear.of(layer), written(y, stream), stream);
        }
    }

    @Override
    public void feedForward(Tensor x, FeedForward layer, Tensor y) {
        requireFeedForward(x, layer, y);
        CudaStream stream = session.stream();
        Matrix to = written(y, stream);
        try (Narrow narrow = narrow(x, stream)) {
            int rows = rowsAtOnce(layer.inner());
            for (int from = 0; from < x.rows(); from += rows) {
                int count = Math.min(rows, x.rows() - from);
                feedForward(narrow.matrix().rows(from, count), layer, to.rows(from, count), stream);
            }
        }
    }

    private void feedForward(Matrix x, FeedForward layer, Matrix y, CudaStream stream) {
        try (CudaTensor inner = session.tensor(element, x.rows(), layer.inner())) {
            if (layer.gate() == null) {
                gemm.multiply(x, CudaLinear.of(layer.up()), inner.matrix(), stream);
            } else {
                gemm.multiply(x, CudaLinear.of(layer.gate()), inner.matrix(), stream);
                gemm.multiply(x, CudaLinear.of(layer.up()), inner.matrix(), inner.matrix(), stream);
            }
            gemm.multiply(inner.matrix(), CudaLinear.of(layer.down()), y, stream);
        }
    }

    private int rowsAtOnce(int inner) {
        long blocks = innerBytes / ((long) inner * element.bytes() * ROW_BLOCK);
        return (int) Math.min(Math.max(1, blocks), Integer.MAX_VALUE / ROW_BLOCK) * ROW_BLOCK;
    }

    @Override
    public void gather(Tensor table, int[] rows, Tensor y) {
        requireGather(table, rows, y);
        requireRows(table, rows);
        CudaStream stream = session.stream();
        try (CudaSession.Scratch indices = session.scratch(rows)) {
            gather.gather(read(table, stream), indices.address(), written(y, stream), stream);
        }
    }

    @Override
    public void gatherNorm(Tensor table, int[] rows, Norm norm, Tensor x, Tensor z) {
        gatherNorm(table, rows, null, null, norm, x, z);
    }

    @Override
    public void gatherNorm(Tensor table, int[] rows, Tensor addend, int[] addendRows, Norm norm, Tensor x, Tensor z) {
        requireGatherNorm(table, rows, addend, addendRows, norm, x, z);
        requireRows(table, rows);
        if (addend != null) {
            requireRows(addend, addendRows);
        }
        CudaStream stream = session.stream();
        require(
                CudaTensor.of(table).element() == Element.F32
                        && (addend == null || CudaTensor.of(addend).element() == Element.F32),
                "a table of activations; make it by tensor");
        try (CudaSession.Scratch indices = session.scratch(rows);
                CudaSession.Scratch others = session.scratch(addend == null ? new int[0] : addendRows)) {
            embedding.embed(
                    read(table, stream),
                    indices.address(),
                    addend == null ? null : read(addend, stream),
                    others.address(),
                    norm,
                    written(x, stream),
                    written(z, stream),
                    stream);
        }
    }

    private static void requireRows(Tensor table, int[] rows) {
        for (int row : rows) {
            requireRow(table, row);
        }
    }

    @Override
    public void norm(Tensor x, Norm norm, Tensor y) {
        requireSameShape(x, y);
        requireNorm(x, norm);
        CudaStream stream = session.stream();
        norms.norm(read(x, stream), norm, written(y, stream), stream);
    }

    @Override
    public void addNorm(Tensor x, Tensor y, Norm norm, Tensor z) {
        requireSameShape(x, y);
        requireSameShape(x, z);
        requireNorm(x, norm);
        CudaStream stream = session.stream();
        norms.addNorm(written(x, stream), read(y, stream), norm, written(z, stream), stream);
    }

    @Override
    public void add(Tensor x, Tensor y) {
        requireSameShape(x, y);
        CudaStream stream = session.stream();
        sums.add(written(x, stream), read(y, stream), stream);
    }

    @Override
    public void norm(Heads x, Norm norm) {
        requireNorm(x, norm);
        CudaStream stream = session.stream();
        written(x.tensor(), stream);
        norms.norm(x, norm, stream);
    }

    @Override
    public void rotate(Heads x, Rope rope, int[] positions) {
        requireRotation(x, rope, positions);
        for (int position : positions) {
            if (position < 0 || position >= rope.positions()) {
                throw new IllegalArgumentException(
                        "position " + position + " of a rotation with angles for " + rope.positions());
            }
        }
        CudaStream stream = session.stream();
        written(x.tensor(), stream);
        rotation.rotate(x, rope, stream.positions().upload(positions), stream);
    }

    @Override
    public void attention(Attention call) {
        requireOneElement(call);
        CudaStream stream = session.stream();
        for (Tensor input : inputs(call)) {
            read(input, stream);
        }
        written(call.o().tensor(), stream);
        if (call.lse() != null) {
            written(call.lse(), stream);
        }
        attention.of(call).launch(call, session.plan(call.mask()), stream);
    }

    private static Tensor[] inputs(Attention call) {
        return Stream.of(
                        call.q().tensor(),
                        call.k().tensor(),
                        call.v().tensor(),
                        call.options().bias(),
                        call.options().sinks())
                .filter(Objects::nonNull)
                .toArray(Tensor[]::new);
    }

    private static void requireOneElement(Attention call) {
        Element q = CudaTensor.of(call.q()).element();
        require(
                q == CudaTensor.of(call.k()).element()
                        && q == CudaTensor.of(call.v()).element()
                        && q == CudaTensor.of(call.o()).element(),
                "q, k, v and o are not of one element type: make all of them by activations, or all by tensor");
    }

    @Override
    public Optional<DeviceComparison> comparison() {
        return Optional.of(new CudaStandardAttention(session));
    }

    @Override
    public void statistics(AttentionStatistics asked) {
        statistics.run(asked);
    }

    @Override
    public String explain(Attention call) {
        requireOneElement(call);
        return attention.explain(call);
    }

    @Override
    public void pool(Tensor x, CuSeqlens sequences, Pooling kind, Tensor y) {
        requirePool(x, sequences, y);
        CudaStream stream = session.stream();
        try (CudaSession.Scratch boundaries = session.scratch(sequences.toArray())) {
            pooling.pool(read(x, stream), boundaries.address(), kind, written(y, stream), stream);
        }
    }

    @Override
    public void crossEntropy(Tensor x, Linear head, int[] targets, double[] nll) {
        requireCrossEntropy(x, head, targets, nll);
        for (int target : targets) {
            require(target < head.outputs(), "target " + target + " of a head with " + head.outputs() + " outputs");
        }
        try (Narrow narrow = narrow(x, session.stream())) {
            crossEntropy.run(narrow.matrix(), CudaLinear.of(head), targets, nll);
        }
    }

    /** A tensor as matrix products read it; a copy, if there is one, is given back when this is closed. */
    private record Narrow(Matrix matrix, CudaTensor copy) implements AutoCloseable {
        @Override
        public void close() {
            if (copy != null) {
                copy.close();
            }
        }
    }

    private Narrow narrow(Tensor x, CudaStream stream) {
        Matrix matrix = read(x, stream);
        if (matrix.element() == element) {
            return new Narrow(matrix, null);
        }
        CudaTensor copy = session.tensor(element, matrix.rows(), matrix.columns());
        int[] rows = new int[matrix.rows()];
        Arrays.setAll(rows, i -> i);
        try (CudaSession.Scratch indices = session.scratch(rows)) {
            gather.gather(matrix, indices.address(), copy.matrix(), stream);
        }
        return new Narrow(copy.matrix(), copy);
    }

    private Matrix read(Tensor tensor, CudaStream stream) {
        CudaTensor cuda = here(tensor);
        cuda.readBy(stream);
        return cuda.matrix();
    }

    private Matrix written(Tensor tensor, CudaStream stream) {
        CudaTensor cuda = here(tensor);
        cuda.writtenBy(stream);
        return cuda.matrix();
    }

    private CudaTensor here(Tensor tensor) {
        CudaTensor cuda = CudaTensor.of(tensor);
        require(cuda.session() == session, "a tensor of another device");
        return cuda;
    }

    @Override
    public void finish() {
        session.stream().synchronize();
    }

    /** Gives back what was made through it; other backends on the device keep theirs. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            gemm.close();
            session.free(open);
            session.close();
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
