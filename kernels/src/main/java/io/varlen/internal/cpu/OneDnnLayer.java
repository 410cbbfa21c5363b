package io.varlen.internal.cpu;

import io.varlen.attention.Activation;
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

    /** @param product of {@link Gemm.Layer#multiply} */
    OneDnnLayer(OneDnnGemm gemm, OneDnnProduct product, float[] weight, float[] biasValues) {
        this.gemm = gemm;
        this.product = product;
        this.weights = new memory(product.packedWeights(), gemm.engine());
        this.biasElements = new FloatPointer(biasValues);
        this.bias = new memory(product.bias(), gemm.engine(), biasElements);
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

    Activation activation() {
        return product.shape().activation();
    }

    memory weights() {
        return weights;
    }

    memory bias() {
        return bias;
    }

    @Override
    public void multiply(float[] x, float[] y, int row, int rows) {
        gemm.multiply(this, product, x, y, row, rows);
    }

    @Override
    public void close() {
        weights.close();
        bias.close();
        biasElements.close();
    }
}
