package io.varlen.internal.cpu;

import io.varlen.attention.Activation;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;

/** oneDNN's compiled code for one shape of product: {@link Gemm#ROW_BLOCK} rows, whatever the batch. */
final class OneDnnProduct implements AutoCloseable {
    /** K, N and what is fused behind. */
    record Shape(int inputs, int outputs, Activation activation) {}

    private final Shape shape;
    private final matmul.primitive_desc description;
    private final matmul primitive;

    OneDnnProduct(Shape shape, engine cpu) {
        this.shape = shape;
        try (primitive_attr attributes = new primitive_attr();
                post_ops fused = new post_ops();
                memory.desc anyLayout = matrix(shape.inputs(), shape.outputs(), memory.format_tag.any)) {
            attributes.set_scratchpad_mode(dnnl.dnnl_scratchpad_mode_user);
            switch (shape.activation()) {
                case NONE -> {}
                case GELU -> fused.append_eltwise(dnnl.algorithm.eltwise_gelu_erf.value, 0, 0);
                case GELU_TANH -> fused.append_eltwise(dnnl.algorithm.eltwise_gelu_tanh.value, 0, 0);
                case SILU -> fused.append_eltwise(dnnl.algorithm.eltwise_swish.value, 1, 0);
                case RELU -> fused.append_eltwise(dnnl.algorithm.eltwise_relu.value, 0, 0);
            }
            attributes.set_post_ops(fused);
            description = new matmul.primitive_desc(cpu, source(), anyLayout, bias(), destination(), attributes, false);
            primitive = new matmul(description);
        }
    }

    Shape shape() {
        return shape;
    }

    matmul primitive() {
        return primitive;
    }

    memory.desc source() {
        return matrix(Gemm.ROW_BLOCK, shape.inputs(), memory.format_tag.ab);
    }

    memory.desc destination() {
        return matrix(Gemm.ROW_BLOCK, shape.outputs(), memory.format_tag.ab);
    }

    memory.desc bias() {
        return matrix(1, shape.outputs(), memory.format_tag.ab);
    }

    /** As the caller has them: {@code [outputs, inputs]}, which is the transpose of what a product takes. */
    memory.desc plainWeights() {
        return matrix(shape.inputs(), shape.outputs(), memory.format_tag.ba);
    }

    /** As oneDNN likes them. */
    memory.desc packedWeights() {
        return description.weights_desc();
    }

    memory.desc scratchpad() {
        return description.scratchpad_desc();
    }

    private static memory.desc matrix(long rows, long columns, memory.format_tag layout) {
        return new memory.desc(new long[] {rows, columns}, memory.data_type.f32, layout);
    }

    @Override
    public void close() {
        primitive.close();
        description.close();
    }
}
