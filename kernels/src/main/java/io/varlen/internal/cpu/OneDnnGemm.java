package io.varlen.internal.cpu;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import io.varlen.attention.Activation;
import io.varlen.attention.Dtype;
import io.varlen.attention.FeedForward;
import io.varlen.internal.cpu.OneDnnBuffers.Role;
import io.varlen.natives.NativeDirectory;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;

/**
 * Matrix products through oneDNN, with bias, activation and gate fused, in fp32 or from bf16 to fp32.
 *
 * <p>oneDNN's OpenMP would start a team of threads for every product of every Spark task. So each thread that enters here
 * first tells the bundled libgomp to run alone; who wants more threads gives them different rows.
 */
final class OneDnnGemm implements Gemm {
    static final String NAME = "onednn";

    /** The processors' instructions for products of bf16, in oneDNN's sets of instruction sets. */
    private static final int BF16_INSTRUCTIONS = dnnl.cpu_isa.avx512_core_bf16.value;

    private final Kernels kernels;
    private final Dtype dtype;
    private final engine cpu;
    private final ThreadLocal<Boolean> runsAlone;
    private final Map<OneDnnProduct.Shape, OneDnnProduct> products = new ConcurrentHashMap<>();
    private final Queue<OneDnnBuffers> idleBuffers = new ConcurrentLinkedQueue<>();

    /**
     * @param kernels bring rows into the form that products take
     * @param wanted in what to multiply; where the processor has no instructions for bf16, it is fp32
     * @throws LinkageError if a native library does not load on this machine
     */
    OneDnnGemm(Kernels kernels, Dtype wanted) {
        NativeDirectory.prepare();
        Loader.load(dnnl.class);
        Function setNumThreads = openMp().getFunction("omp_set_num_threads");
        runsAlone = ThreadLocal.withInitial(() -> {
            setNumThreads.invokeVoid(new Object[] {1});
            return true;
        });
        this.kernels = kernels;
        this.dtype = wanted != Dtype.FP32 && hasBf16() ? Dtype.BF16 : Dtype.FP32;
        cpu = new engine(engine.kind.cpu, 0);
    }

    @Override
    public boolean multipliesBf16() {
        return hasBf16();
    }

    private static boolean hasBf16() {
        return (dnnl.get_effective_cpu_isa().value & BF16_INSTRUCTIONS) == BF16_INSTRUCTIONS;
    }

    private static String instructions() {
        return dnnl.get_effective_cpu_isa().intern().name();
    }

    /** The very library that JavaCPP loaded for oneDNN: another copy would have settings of its own. */
    private static NativeLibrary openMp() {
        String path = Loader.getLoadedLibraries().get("gomp@.1");
        if (path == null) {
            throw new UnsatisfiedLinkError("oneDNN came without its libgomp.so.1");
        }
        return NativeLibrary.getInstance(path);
    }

    @Override
    public String description() {
        dnnl_version_t version = dnnl.dnnl_version();
        return "matrix products by oneDNN " + version.major() + "." + version.minor() + "." + version.patch() + " ("
                + instructions() + ", " + dtype.optionName() + ")";
    }

    @Override
    public Dtype dtype() {
        return dtype;
    }

    @Override
    public Layer prepare(float[] weight, int outputs, float[] bias, Activation activation) {
        enter();
        float[] biasValues = bias == null ? new float[outputs] : bias;
        var shape = new OneDnnProduct.Shape(weight.length / outputs, outputs, activation, dtype, Dtype.FP32, false);
        return new OneDnnLayer(this, product(shape), weight, biasValues);
    }

    /** See {@link Gemm.Layer#multiply}. */
    void multiply(OneDnnLayer layer, float[] x, float[] y, int row, int rows) {
        enter();
        OneDnnBuffers buffers = borrowBuffers();
        try {
            OneDnnBlock block = buffers.block(layer.product(), Role.LINEAR);
            block.load(x, row, rows);
            block.execute(layer, null, buffers.stream());
            block.store(y, row, rows);
        } finally {
            idleBuffers.add(buffers);
        }
    }

    @Override
    public void feedForward(FeedForward part, float[] x, float[] y, int row, int rows) {
        enter();
        OneDnnBuffers buffers = borrowBuffers();
        try {
            OneDnnBlock inner =
                    part.gate() == null ? up(part, x, row, rows, buffers) : gated(part, x, row, rows, buffers);
            OneDnnLayer layer = (OneDnnLayer) part.down();
            OneDnnBlock down = buffers.block(layer.product(), Role.DOWN);
            down.loadResultOf(inner);
            down.execute(layer, null, buffers.stream());
            down.store(y, row, rows);
        } finally {
            idleBuffers.add(buffers);
        }
    }

    private OneDnnBlock up(FeedForward part, float[] x, int row, int rows, OneDnnBuffers buffers) {
        OneDnnLayer layer = (OneDnnLayer) part.up();
        OneDnnBlock up = buffers.block(layer.innerProduct(), Role.UP);
        up.load(x, row, rows);
        up.execute(layer, null, buffers.stream());
        return up;
    }

    private OneDnnBlock gated(FeedForward part, float[] x, int row, int rows, OneDnnBuffers buffers) {
        OneDnnLayer gateLayer = (OneDnnLayer) part.gate();
        OneDnnBlock gate = buffers.block(gateLayer.innerProduct(), Role.GATE);
        gate.load(x, row, rows);
        gate.execute(gateLayer, null, buffers.stream());
        OneDnnLayer upLayer = (OneDnnLayer) part.up();
        OneDnnBlock up = buffers.block(upLayer.multipliedProduct(), Role.UP);
        up.loadSourceOf(gate);
        up.execute(upLayer, gate, buffers.stream());
        return up;
    }

    /** All products with the same weights take them in one layout. */
    OneDnnProduct product(OneDnnProduct.Shape shape) {
        OneDnnProduct known = products.get(shape);
        if (known != null) {
            return known;
        }
        OneDnnProduct plain = products.computeIfAbsent(shape.plain(), s -> new OneDnnProduct(s, null, cpu));
        return products.computeIfAbsent(shape, s -> new OneDnnProduct(s, plain.packedWeights(), cpu));
    }

    /** To be called before anything of oneDNN is, on every thread. */
    private void enter() {
        runsAlone.get();
    }

    engine engine() {
        return cpu;
    }

    private OneDnnBuffers borrowBuffers() {
        OneDnnBuffers idle = idleBuffers.poll();
        return idle == null ? new OneDnnBuffers(kernels, cpu) : idle;
    }

    @Override
    public void close() {
        for (OneDnnBuffers buffers = idleBuffers.poll(); buffers != null; buffers = idleBuffers.poll()) {
            buffers.close();
        }
        products.values().forEach(OneDnnProduct::close);
        products.clear();
        cpu.close();
    }
}
