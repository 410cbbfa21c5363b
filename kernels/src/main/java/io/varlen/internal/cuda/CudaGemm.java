package io.varlen.internal.cuda;

/** Matrix products by the kernels that come with this library. */
final class CudaGemm {
    private final Launcher launcher;
    private final DeviceProperties device;

    CudaGemm(Launcher launcher, DeviceProperties device) {
        this.launcher = launcher;
        this.device = device;
    }

    /** What it multiplies with on this device, in a few words for a log. */
    String description() {
        throw new UnsupportedOperationException();
    }

    /**
     * {@code y = activation(x Wᵀ + b)}.
     *
     * @param x of the weights' element type
     * @param y of that type or fp32
     */
    void multiply(Matrix x, CudaLinear layer, Matrix y, CudaStream stream) {
        throw new UnsupportedOperationException();
    }

    /** {@code y = gate ⊙ activation(x Wᵀ + b)}; {@code y} may be {@code gate}, which is of the weights' element type. */
    void multiply(Matrix x, CudaLinear layer, Matrix gate, Matrix y, CudaStream stream) {
        throw new UnsupportedOperationException();
    }
}
