package io.varlen.internal.cpu;

import io.varlen.attention.Dtype;
import java.util.Map;
import java.util.WeakHashMap;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;

/**
 * One product on one thread: native memory for {@link Gemm#ROW_BLOCK} rows of source and destination, small enough to stay in
 * the cache, and the arguments that point to it and to the weights of each layer.
 */
final class OneDnnBlock implements AutoCloseable {
    private final OneDnnProduct product;
    private final Kernels kernels;
    private final BytePointer source;
    private final BytePointer destination;
    private final FloatPointer sourceFloats;
    private final ShortPointer sourceShorts;
    private final FloatPointer destinationFloats;
    private final memory sourceMemory;
    private final memory destinationMemory;
    private final memory scratchpad;
    private final dnnl_primitive primitive;
    private final dnnl_memory destinationHandle;
    private final Map<OneDnnLayer, OneDnnArguments> arguments = new WeakHashMap<>();
    private final short[] narrow;
    private int filled;
    private Pointer taken;

    OneDnnBlock(OneDnnProduct product, Kernels kernels, engine cpu) {
        this.product = product;
        this.kernels = kernels;
        try (memory.desc sourceShape = product.source();
                memory.desc destinationShape = product.destination();
                memory.desc scratchpadShape = product.scratchpad()) {
            source = new BytePointer(sourceShape.get_size());
            destination = new BytePointer(destinationShape.get_size());
            sourceMemory = new memory(sourceShape, cpu, source);
            destinationMemory = new memory(destinationShape, cpu, destination);
            scratchpad = new memory(scratchpadShape, cpu);
        }
        sourceFloats = new FloatPointer(source);
        sourceShorts = new ShortPointer(source);
        destinationFloats = new FloatPointer(destination);
        primitive = product.primitive();
        destinationHandle = destinationMemory.get();
        Pointer.memset(source, 0, source.capacity());
        narrow = product.shape().dtype() == Dtype.BF16
                ? new short[Gemm.ROW_BLOCK * product.shape().inputs()]
                : null;
    }

    /**
     * Takes rows of an array as source. Zeroes what an earlier block left behind: it could not change our rows, but NaN and
     * denormals are slow.
     */
    void load(float[] x, int row, int rows) {
        int inputs = product.shape().inputs();
        int count = rows * inputs;
        if (narrow == null) {
            sourceFloats.put(x, row * inputs, count);
        } else {
            kernels.toBf16(x, row * inputs, narrow, count);
            sourceShorts.put(narrow, 0, count);
        }
        if (count < filled) {
            long bytes = source.capacity() / Gemm.ROW_BLOCK / inputs;
            Pointer.memset(source.getPointer(count * bytes), 0, (filled - count) * bytes);
        }
        filled = count;
        take(source);
    }

    /** Takes the source of another block, which has rows of the same length. */
    void loadSourceOf(OneDnnBlock other) {
        take(other.source);
    }

    /** Takes the destination of another block, which has rows of the same length. */
    void loadResultOf(OneDnnBlock other) {
        take(other.destination);
    }

    private void take(Pointer rows) {
        if (taken != rows) {
            sourceMemory.set_data_handle(rows);
            taken = rows;
        }
    }

    /** @param factor whose result multiplies this one's, always the same block; null if the product is not {@code multiplied} */
    void execute(OneDnnLayer layer, OneDnnBlock factor, dnnl_stream stream) {
        OneDnnArguments list = arguments.get(layer);
        if (list == null) {
            list = argumentsFor(layer, factor);
            arguments.put(layer, list);
        }
        int status = dnnl.dnnl_primitive_execute(primitive, stream, list.count(), list.list());
        if (status != dnnl.dnnl_success) {
            throw new IllegalStateException("oneDNN returned status " + status + " for " + product.shape());
        }
    }

    private OneDnnArguments argumentsFor(OneDnnLayer layer, OneDnnBlock factor) {
        OneDnnArguments list = new OneDnnArguments()
                .add(dnnl.DNNL_ARG_SRC, sourceMemory.get())
                .add(dnnl.DNNL_ARG_DST, destinationHandle)
                .add(dnnl.DNNL_ARG_SCRATCHPAD, scratchpad.get())
                .add(dnnl.DNNL_ARG_WEIGHTS, layer.weights())
                .add(dnnl.DNNL_ARG_BIAS, layer.bias());
        return factor == null ? list : list.add(product.factorArgument(), factor.destinationHandle);
    }

    /** Puts the result, which is in fp32, into rows of an array. */
    void store(float[] y, int row, int rows) {
        int outputs = product.shape().outputs();
        destinationFloats.get(y, row * outputs, rows * outputs);
    }

    @Override
    public void close() {
        arguments.values().forEach(OneDnnArguments::close);
        sourceMemory.close();
        destinationMemory.close();
        scratchpad.close();
        source.close();
        destination.close();
    }
}
