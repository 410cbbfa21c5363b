package io.varlen.internal.cpu;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import io.varlen.attention.Activation;
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
 * Matrix products through oneDNN, with bias and GELU fused.
 *
 * <p>oneDNN's OpenMP would start a team of threads for every product of every Spark task. So each thread that enters here
 * first tells the bundled libgomp to run alone; who wants more threads gives them different rows.
 */
final class OneDnnGemm implements Gemm {
    static final String NAME = "onednn";

    private final engine cpu;
    private final ThreadLocal<Boolean> runsAlone;
    private final Map<OneDnnProduct.Shape, OneDnnProduct> products = new ConcurrentHashMap<>();
    private final Queue<OneDnnBuffers> idleBuffers = new ConcurrentLinkedQueue<>();

    /** @throws LinkageError if a native library does not load on this machine */
    OneDnnGemm() {
        NativeDirectory.prepare();
        Loader.load(dnnl.class);
        Function setNumThreads = openMp().getFunction("omp_set_num_threads");
        runsAlone = ThreadLocal.withInitial(() -> {
            setNumThreads.invokeVoid(new Object[] {1});
            return true;
        });
        cpu = new engine(engine.kind.cpu, 0);
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
                + dnnl.get_effective_cpu_isa().intern().name() + ")";
    }

    @Override
    public Layer prepare(float[] weight, int outputs, float[] bias, Activation activation) {
        enter();
        var shape = new OneDnnProduct.Shape(weight.length / outputs, outputs, activation);
        OneDnnProduct product = products.computeIfAbsent(shape, s -> new OneDnnProduct(s, cpu));
        return new OneDnnLayer(this, product, weight, bias == null ? new float[outputs] : bias);
    }

    /** To be called before anything of oneDNN is, on every thread. */
    void enter() {
        runsAlone.get();
    }

    engine engine() {
        return cpu;
    }

    OneDnnBuffers borrowBuffers() {
        OneDnnBuffers idle = idleBuffers.poll();
        return idle == null ? new OneDnnBuffers(cpu) : idle;
    }

    void giveBack(OneDnnBuffers buffers) {
        idleBuffers.add(buffers);
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
