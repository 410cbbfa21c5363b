package io.varlen.internal.cpu;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.FloatPointer;

/** Native memory in which one thread at a time computes a block of rows; small enough to stay in the cache. */
final class OneDnnBuffers implements AutoCloseable {
    private final engine cpu;
    private final stream stream;
    private final Map<OneDnnProduct, Block> blocks = new HashMap<>();

    OneDnnBuffers(engine cpu) {
        this.cpu = cpu;
        this.stream = new stream(cpu);
    }

    /** See {@link Gemm.Layer#multiply}. */
    void multiply(OneDnnProduct product, memory weights, memory bias, float[] x, float[] y, int row, int rows) {
        int inputs = product.shape().inputs();
        int outputs = product.shape().outputs();
        Block block = blocks.computeIfAbsent(product, p -> new Block(p, cpu));
        block.load(x, row * inputs, rows * inputs);
        int status = block.execute(product, weights, bias, stream);
        if (status != dnnl.dnnl_success) {
            throw new IllegalStateException("oneDNN returned status " + status + " for " + product.shape());
        }
        block.destination.get(y, row * outputs, rows * outputs);
    }

    @Override
    public void close() {
        blocks.values().forEach(Block::close);
        stream.close();
    }

    /** Memory for one shape of product, and the list of arguments that points to it. */
    private static final class Block implements AutoCloseable {
        private static final int WEIGHTS = 3;
        private static final int BIAS = 4;
        private static final int ARGUMENTS = 5;

        final FloatPointer destination;
        private final FloatPointer source;
        private final memory sourceMemory;
        private final memory destinationMemory;
        private final memory scratchpad;
        private final dnnl_exec_arg_t arguments = new dnnl_exec_arg_t(ARGUMENTS);
        private int filled;

        Block(OneDnnProduct product, engine cpu) {
            source = new FloatPointer((long) Gemm.ROW_BLOCK * product.shape().inputs());
            destination =
                    new FloatPointer((long) Gemm.ROW_BLOCK * product.shape().outputs());
            sourceMemory = new memory(product.source(), cpu, source);
            destinationMemory = new memory(product.destination(), cpu, destination);
            scratchpad = new memory(product.scratchpad(), cpu);
            filled = Gemm.ROW_BLOCK * product.shape().inputs();
            argument(0, dnnl.DNNL_ARG_SRC, sourceMemory);
            argument(1, dnnl.DNNL_ARG_DST, destinationMemory);
            argument(2, dnnl.DNNL_ARG_SCRATCHPAD, scratchpad);
        }

        /** Zeroes what an earlier block left behind: it could not change our rows, but NaN and denormals are slow. */
        void load(float[] x, int from, int count) {
            source.position(0).put(x, from, count);
            if (count < filled) {
                source.position(count).put(new float[filled - count]);
            }
            filled = count;
        }

        int execute(OneDnnProduct product, memory weights, memory bias, stream stream) {
            argument(WEIGHTS, dnnl.DNNL_ARG_WEIGHTS, weights);
            argument(BIAS, dnnl.DNNL_ARG_BIAS, bias);
            return dnnl.dnnl_primitive_execute(
                    product.primitive().get(), stream.get(), ARGUMENTS, arguments.position(0));
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
}
