package io.varlen.internal.cuda;

import io.varlen.attention.Norm;

/** Rows of one table or the sums of rows of two, with their norm, at once. */
final class CudaEmbedding {
    private final Launcher launcher;

    CudaEmbedding(Launcher launcher) {
        this.launcher = launcher;
    }

    /**
     * {@code x[i] = table[rows[i]] + addend[addendRows[i]]; z = norm(x)}; {@code z} may be {@code x}, which then holds the norm only.
     *
     * @param table fp32
     * @param rows {@code int[x.rows()]} on the device, each a row of the table
     * @param addend the same, or null for none
     * @param x of any element type, as {@code z} is; not of two different 16-bit types
     */
    void embed(Matrix table, long rows, Matrix addend, long addendRows, Norm norm, Matrix x, Matrix z, CudaStream s) {
        NormShape shape = NormShape.of(x.columns());
        long addendAddress = addend == null ? 0 : addend.address();
        Params params = Params.of(88)
                .put(0, table.address())
                .put(8, rows)
                .put(16, addendAddress)
                .put(24, addend == null ? 0 : addendRows)
                .put(32, x.address())
                .put(40, z.address())
                .put(48, CudaNorms.address(norm.gamma()))
                .put(56, CudaNorms.address(norm.beta()))
                .put(64, x.rows())
                .put(68, x.columns())
                .put(72, shape.warpsPerRow())
                .put(76, norm.kind() == Norm.Kind.LAYER ? 1 : 0)
                .put(80, vectors(table, addendAddress, x, z))
                .put(84, norm.epsilon());
        Kernel kernel =
                new Kernel("embedding", RowKernels.name("embedding", x.element(), z.element()), NormShape.THREADS);
        launcher.launch(kernel, shape.grid(x.rows()), shape.sharedBytes(), params, s);
    }

    private static int vectors(Matrix table, long addendAddress, Matrix x, Matrix z) {
        return RowKernels.vectors(
                table.address(),
                RowKernels.stride(table),
                addendAddress,
                x.address(),
                RowKernels.stride(x),
                z.address(),
                RowKernels.stride(z));
    }
}
