package io.varlen.internal.cpu;

import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.FloatPointer;

/** The packed weights of one linear layer, in native memory. */
final class OneDnnLayer implements Gemm.Layer {
    private final OneDnnGemm gemm;
    private final OneDnnProduct product;
    private final memory weights;
    private final FloatPointer biasElements;
    private final memory bias;
    private final dnnl_memory weightsHandle;
    private final dnnl_memory biasHandle;
    private OneDnnProduct inner;
    private OneDnnProduct multiplied;

    /** @param product of {@link Gemm.Layer#multiply} */
    OneDnnLayer(OneDnnGemm gemm, OneDnnProduct product, float[] weight, float[] biasValues) {
        this.gemm = gemm;
        this.product = product;
        this.weights = new memory(product.packedWeights(), gemm.engine());
        this.biasElements = new FloatPointer(biasValues);
        this.bias = new memory(product.bias(), gemm.engine(), biasElements);
        this.weightsHandle = weights.get();
        this.biasHandle = bias.get();
        try (FloatPointer elements = new FloatPointer(weight);
                memory plain = new memory(product.plainWeights(), gemm.engine(), elements);
                reorder pack = new reorder(plain, weights);
                stream stream = new stream(gemm.engine())) {
            pack.execute(stream, plain, weights);
            stream._wait();
        }
    }

    @Override
    public int inputs() {
        return product.shape().inputs();
    }

    @Override
    public int outputs() {
        return product.shape().outputs();
    }

    dnnl_memory weights() {
        return weightsHandle;
    }

    dnnl_memory bias() {
        return biasHandle;
    }

    /** The product of {@link Gemm.Layer#multiply}. */
    OneDnnProduct product() {
        return product;
    }

    /** The product whose result only another product takes. */
    synchronized OneDnnProduct innerProduct() {
        if (inner == null) {
            inner = gemm.product(product.shape().inner(false));
        }
        return inner;
    }

    /** The same, multiplied with a gate. */
    synchronized OneDnnProduct multipliedProduct() {
        if (multiplied == null) {
            multiplied = gemm.product(product.shape().inner(true));
        }
        return multiplied;
    }

    @Override
    public void multiply(float[] x, float[] y, int row, int rows) {
        gemm.multiply(this, x, y, row, rows);
    }

    @Override
    public void close() {
        weights.close();
        bias.close();
        biasElements.close();
    }
}
