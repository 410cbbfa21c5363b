package io.varlen.internal.cuda;

import io.varlen.attention.Heads;
import io.varlen.attention.Norm;
import io.varlen.attention.Tensor;

/** Normalisations, alone and behind a sum. */
final class CudaNorms {
    private final Launcher launcher;

    CudaNorms(Launcher launcher) {
        this.launcher = launcher;
    }

    /** {@code y = norm(x)}; {@code y} may be {@code x}. From fp32 or the 16-bit type to either. */
    void norm(Matrix x, Norm norm, Matrix y, CudaStream stream) {
        Element sixteen = x.element() == Element.F32 ? y.element() : x.element();
        String kernel = RowKernels.name("norm", x.element(), sixteen, y.element());
        launch(kernel, Rows.of(x), Rows.NONE, Rows.of(y), norm, stream);
    }

    /**
     * {@code x += y; z = norm(x)}; {@code z} may be {@code x}, which then holds the normalised sum only. All fp32; or {@code y} of
     * a 16-bit type, and the others of that type or fp32.
     */
    void addNorm(Matrix x, Matrix y, Norm norm, Matrix z, CudaStream stream) {
        String kernel = RowKernels.name("norm", x.element(), y.element(), z.element());
        launch(kernel, Rows.of(x), Rows.of(y), Rows.of(z), norm, stream);
    }

    /** Each head of each token by itself, in place. */
    void norm(Heads x, Norm norm, CudaStream stream) {
        Element element = CudaTensor.of(x).element();
        Rows rows = new Rows(
                CudaTensor.address(x), x.tokens(), x.count(), x.tensor().columns(), element.bytes());
        launch(RowKernels.name("norm", element, element, element), rows, Rows.NONE, rows, norm, stream);
    }

    /** Rows that lie side by side in tokens: all columns of a matrix, or heads. */
    private record Rows(long address, int tokens, int heads, long stride, int elementBytes) {
        static final Rows NONE = new Rows(0, 0, 0, 0, 0);

        static Rows of(Matrix matrix) {
            return new Rows(
                    matrix.address(),
                    matrix.rows(),
                    1,
                    matrix.columns(),
                    matrix.element().bytes());
        }

        long strideBytes() {
            return stride * elementBytes;
        }
    }

    private void launch(String name, Rows x, Rows y, Rows z, Norm norm, CudaStream stream) {
        int columns = norm.columns();
        NormShape shape = NormShape.of(columns);
        int vectors = RowKernels.vectors(
                x.address(),
                x.strideBytes(),
                (long) columns * x.elementBytes(),
                y.address(),
                y.strideBytes(),
                z.address(),
                z.strideBytes(),
                (long) columns * z.elementBytes());
        Params params = Params.of(96)
                .put(0, x.address())
                .put(8, y.address())
                .put(16, z.address())
                .put(24, address(norm.gamma()))
                .put(32, address(norm.beta()))
                .put(40, x.stride())
                .put(48, y.stride())
                .put(56, z.stride())
                .put(64, x.tokens())
                .put(68, x.heads())
                .put(72, columns)
                .put(76, shape.warpsPerRow())
                .put(80, norm.kind() == Norm.Kind.LAYER ? 1 : 0)
                .put(84, vectors)
                .put(88, norm.epsilon());
        long grid = shape.grid((long) x.tokens() * x.heads());
        launcher.launch(new Kernel("norm", name, NormShape.THREADS), grid, shape.sharedBytes(), params, stream);
    }

    /** Of a parameter of a norm, or 0 for none. */
    static long address(Tensor parameter) {
        return parameter == null ? 0 : CudaTensor.of(parameter).address();
    }
}
