package io.varlen.internal.cpu;

import io.varlen.attention.Activation;
import io.varlen.attention.Dtype;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;

/** oneDNN's compiled code for one shape of product: {@link Gemm#ROW_BLOCK} rows, whatever the batch. */
final class OneDnnProduct implements AutoCloseable {
    /**
     * K, N, what is fused behind, and in what numbers.
     *
     * @param dtype of the source and the weights; sums and bias are in fp32
     * @param result of the destination
     * @param multiplied whether the result is multiplied, element by element, with another matrix of {@code result}
     */
    record Shape(int inputs, int outputs, Activation activation, Dtype dtype, Dtype result, boolean multiplied) {
        /** The plain product with the same weights, which decides about their layout. */
        Shape plain() {
            return new Shape(inputs, outputs, Activation.NONE, dtype, Dtype.FP32, false);
        }

        /** The product whose result is the source of another one. */
        Shape inner(boolean times) {
            return new Shape(inputs, outputs, activation, dtype, dtype, times);
        }
    }

    private final Shape shape;
    private final matmul.primitive_desc description;
    private final matmul primitive;

    /** @param packedWeights the layout of the weights, or null for the one that oneDNN likes */
    OneDnnProduct(Shape shape, memory.desc packedWeights, engine cpu) {
        this.shape = shape;
        try (primitive_attr attributes = new primitive_attr();
                post_ops fused = new post_ops();
                memory.desc result = destination();
                memory.desc anyLayout = matrix(shape.inputs(), shape.outputs(), shape.dtype(), memory.format_tag.any)) {
            attributes.set_scratchpad_mode(dnnl.dnnl_scratchpad_mode_user);
            switch (shape.activation()) {
                case NONE -> {}
                case GELU -> fused.append_eltwise(dnnl.algorithm.eltwise_gelu_erf.value, 0, 0);
                case GELU_TANH -> fused.append_eltwise(dnnl.algorithm.eltwise_gelu_tanh.value, 0, 0);
                case SILU -> fused.append_eltwise(dnnl.algorithm.eltwise_swish.value, 1, 0);
                case RELU -> fused.append_eltwise(dnnl.algorithm.eltwise_relu.value, 0, 0);
            }
            if (shape.multiplied()) {
                fused.append_binary(dnnl.algorithm.binary_mul.value, result);
            }
            attributes.set_post_ops(fused);
            description = new matmul.primitive_desc(
                    cpu,
                    source(),
                    packedWeights == null ? anyLayout : packedWeights,
                    bias(),
                    result,
                    attributes,
                    false);
            primitive = new matmul(description);
        }
    }

    Shape shape() {
        return shape;
    }

    dnnl_primitive primitive() {
        return primitive.get();
    }

    memory.desc source() {
        return matrix(Gemm.ROW_BLOCK, shape.inputs(), shape.dtype(), memory.format_tag.ab);
    }

    memory.desc destination() {
        return matrix(Gemm.ROW_BLOCK, shape.outputs(), shape.result(), memory.format_tag.ab);
    }

    memory.desc bias() {
        return matrix(1, shape.outputs(), Dtype.FP32, memory.format_tag.ab);
    }

    /** As the caller has them: {@code [outputs, inputs]}, which is the transpose of what a product takes. */
    memory.desc plainWeights() {
        return matrix(shape.inputs(), shape.outputs(), Dtype.FP32, memory.format_tag.ba);
    }

    /** As oneDNN likes them. */
    memory.desc packedWeights() {
        return description.weights_desc();
    }

    memory.desc scratchpad() {
        return description.scratchpad_desc();
    }

    /** oneDNN's name for the matrix that a {@link Shape#multiplied} result is multiplied with: an operand of the last fused step. */
    int factorArgument() {
        int step = shape.activation() == Activation.NONE ? 0 : 1;
        return dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * (step + 1) | dnnl.DNNL_ARG_SRC_1;
    }

    private static memory.desc matrix(long rows, long columns, Dtype dtype, memory.format_tag layout) {
        memory.data_type type = dtype == Dtype.BF16 ? memory.data_type.bf16 : memory.data_type.f32;
        return new memory.desc(new long[] {rows, columns}, type, layout);
    }

    @Override
    public void close() {
        primitive.close();
        description.close();
    }
}
