package io.varlen.internal.cuda;

import io.varlen.attention.Activation;

/**
 * Matrix products by the kernels that come with this library: on tensor cores where there are any that they load for, else
 * without. A row's bits depend on that row and the weights alone, since no sum is split.
 */
final class CudaGemm {
    private static final int THREADS = 256;

    /** Rows and columns of y that a block computes, in both forms. */
    private static final int TILE = 128;

    private static final int PLAIN_SHARED_BYTES = 4 * 16 * (TILE + 4) * Float.BYTES;
    private static final int TENSOR_CORE_SHARED_BYTES = 4 * 2 * TILE * 32 * Short.BYTES;

    private final Launcher launcher;
    private final DeviceProperties device;

    CudaGemm(Launcher launcher, DeviceProperties device) {
        this.launcher = launcher;
        this.device = device;
    }

    /** What it multiplies with on this device, in a few words for a log. */
    String description() {
        return device.isAmpereOrLater() ? "built-in GEMM, 16-bit types on tensor cores" : "built-in GEMM";
    }

    /**
     * {@code y = activation(x Wᵀ + b)}.
     *
     * @param x of the weights' element type
     * @param y of that type or fp32
     */
    void multiply(Matrix x, CudaLinear layer, Matrix y, CudaStream stream) {
        multiply(x, layer.weight(), layer.bias(), layer.activation(), null, y, stream);
    }

    /** {@code y = gate ⊙ activation(x Wᵀ + b)}; {@code y} may be {@code gate}, which is of the weights' element type. */
    void multiply(Matrix x, CudaLinear layer, Matrix gate, Matrix y, CudaStream stream) {
        multiply(x, layer.weight(), layer.bias(), layer.activation(), gate, y, stream);
    }

    /**
     * {@code y = activation(x Wᵀ + b)}, times the gate if there is one.
     *
     * @param weight {@code [N, K]}
     * @param bias of {@code float[N]}, or 0 for none
     * @param gate or null
     */
    void multiply(Matrix x, Matrix weight, long bias, Activation activation, Matrix gate, Matrix y, CudaStream stream) {
        Element element = weight.element();
        if (x.element() != element || gate != null && gate.element() != element) {
            throw new IllegalArgumentException("a product of " + x.element() + " by weights in " + element
                    + (gate == null ? "" : " with a gate in " + gate.element()) + "; all are to be of one type");
        }
        int vectors =
                RowKernels.vectors(x.address(), RowKernels.stride(x), weight.address(), RowKernels.stride(weight));
        int outputVectors = RowKernels.vectors(y.address(), RowKernels.stride(y), bias);
        if (gate != null) {
            outputVectors &= RowKernels.vectors(gate.address(), RowKernels.stride(gate));
        }
        Params params = Params.of(88)
                .put(0, x.address())
                .put(8, weight.address())
                .put(16, bias)
                .put(24, gate == null ? 0 : gate.address())
                .put(32, y.address())
                .put(40, (long) x.columns())
                .put(48, gate == null ? 0 : (long) gate.columns())
                .put(56, (long) y.columns())
                .put(64, x.rows())
                .put(68, weight.rows())
                .put(72, weight.columns())
                .put(76, number(activation))
                .put(80, vectors)
                .put(84, outputVectors);
        boolean tensorCores = element != Element.F32 && device.isAmpereOrLater() && vectors == 1;
        String form = tensorCores ? "gemm_sm80" : "gemm_plain";
        Kernel kernel = new Kernel(form, RowKernels.name(form, element, y.element()), THREADS);
        long grid = RowKernels.blocks(x.rows(), TILE) * RowKernels.blocks(weight.rows(), TILE);
        launcher.launch(kernel, grid, tensorCores ? TENSOR_CORE_SHARED_BYTES : PLAIN_SHARED_BYTES, params, stream);
    }

    /** The number of an {@code Activation} of the device code. */
    private static int number(Activation activation) {
        return switch (activation) {
            case NONE -> 0;
            case GELU -> 1;
            case GELU_TANH -> 2;
            case SILU -> 3;
            case RELU -> 4;
        };
    }
}
