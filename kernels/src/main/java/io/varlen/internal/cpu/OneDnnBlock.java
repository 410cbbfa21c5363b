package io.varlen.internal.cpu;

import io.varlen.attention.Dtype;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;

/**
 * One product on one thread: native memory for {@link Gemm#ROW_BLOCK} rows of source and destination, and the list of
 * arguments that points to it. Small enough to stay in the cache.
 */
final class OneDnnBlock implements AutoCloseable {
    private static final int WEIGHTS = 3;
    private static final int BIAS = 4;
    private static final int FACTOR = 5;

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
    private final dnnl_exec_arg_t arguments;
    private final int argumentCount;
    private final short[] narrow;
    private int filled;

    OneDnnBlock(OneDnnProduct product, Kernels kernels, engine cpu) {
        this.product = product;
        this.kernels = kernels;
        boolean multiplied = product.shape().multiplied();
        arguments = new dnnl_exec_arg_t(multiplied ? FACTOR + 1 : FACTOR);
        argumentCount = multiplied ? FACTOR + 1 : FACTOR;
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
        Pointer.memset(source, 0, source.capacity());
        narrow = product.shape().dtype() == Dtype.BF16
                ? new short[Gemm.ROW_BLOCK * product.shape().inputs()]
                : null;
        argument(0, dnnl.DNNL_ARG_SRC, sourceMemory);
        argument(1, dnnl.DNNL_ARG_DST, destinationMemory);
        argument(2, dnnl.DNNL_ARG_SCRATCHPAD, scratchpad);
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
        sourceMemory.set_data_handle(source);
    }

    /** Takes the source of another block, which has rows of the same length. */
    void loadSourceOf(OneDnnBlock other) {
        sourceMemory.set_data_handle(other.source);
    }

    /** Takes the destination of another block, which has rows of the same length. */
    void loadResultOf(OneDnnBlock other) {
        sourceMemory.set_data_handle(other.destination);
    }

    /** Multiplies the result by that of another block. */
    void multiplyBy(OneDnnBlock other) {
        argument(FACTOR, product.factorArgument(), other.destinationMemory);
    }

    void execute(OneDnnLayer layer, stream stream) {
        argument(WEIGHTS, dnnl.DNNL_ARG_WEIGHTS, layer.weights());
        argument(BIAS, dnnl.DNNL_ARG_BIAS, layer.bias());
        int status = dnnl.dnnl_primitive_execute(
                product.primitive().get(), stream.get(), argumentCount, arguments.position(0));
        if (status != dnnl.dnnl_success) {
            throw new IllegalStateException("oneDNN returned status " + status + " for " + product.shape());
        }
    }

    /** Puts the result, which is in fp32, into rows of an array. */
    void store(float[] y, int row, int rows) {
        int outputs = product.shape().outputs();
        destinationFloats.get(y, row * outputs, rows * outputs);
    }

    private void argument(int index, int name, memory value) {
        arguments.position(index).arg(name).memory(value.get());
    }

    @Override
    public void close() {
        arguments.close();
        sourceMemory.close();
        destinationMemory.close();
        scratchpad.close();
        source.close();
        destination.close();
    }
}
