package io.varlen.internal.cuda;

import io.varlen.InvalidInputException;
import io.varlen.attention.Activation;
import io.varlen.attention.DeviceException;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Matrix products by the kernels that come with this library: on tensor cores where there are any that they load for, else
 * without; or, where it is proven or asked for, those by cublasLt that it can fuse. A row's bits depend on that row and the weights alone,
 * since no sum is split.
 */
final class CudaGemm implements AutoCloseable {
    /** The system property that chooses the matrix products: {@value #AUTO} (the default), {@value #BUILT_IN} or {@value #CUBLASLT}. */
    static final String PROPERTY = "varlen.cuda.gemm";

    /** {@value #CUBLASLT} where it is installed and proven, else {@value #BUILT_IN}. */
    static final String AUTO = "auto";

    static final String BUILT_IN = "built-in";
    static final String CUBLASLT = "cublaslt";

    private static final Logger LOG = LoggerFactory.getLogger(CudaGemm.class);
    private static final Form PLAIN = new Form("gemm_plain", "gemm_plain", 128, 256, 4 * 16 * (128 + 4) * Float.BYTES);
    private static final Form LARGE_TILES = tensorCores(128);

    /** The same bits, in four times as many blocks. */
    private static final Form SMALL_TILES = tensorCores(64);

    /**
     * A kernel for several types.
     *
     * @param tile rows and columns of y that a block computes
     */
    private record Form(String file, String name, int tile, int threads, int sharedBytes) {
        long blocks(Matrix x, Matrix weight) {
            return RowKernels.blocks(x.rows(), tile) * RowKernels.blocks(weight.rows(), tile);
        }
    }

    private static Form tensorCores(int tile) {
        return new Form("gemm_sm80", "gemm_sm80_" + tile, tile, 2 * tile, 4 * 2 * tile * 32 * Short.BYTES);
    }

    private final Launcher launcher;
    private final DeviceProperties device;
    private final CublasLtProducts cublasLt;

    /** @param cublasLt what it computes is left to it, and it is closed with this; or null */
    CudaGemm(Launcher launcher, DeviceProperties device, CublasLtProducts cublasLt) {
        this.launcher = launcher;
        this.device = device;
        this.cublasLt = cublasLt;
    }

    /**
     * The matrix products that {@value #PROPERTY} asks for.
     *
     * @param proven what is proven on this architecture, as of {@link ProvenForms#on}
     * @throws InvalidInputException if they are not there
     */
    static CudaGemm of(CudaSession session, Set<String> proven) {
        return of(session, proven, CublasLt::load);
    }

    static CudaGemm of(CudaSession session, Set<String> proven, Supplier<CublasLt> library) {
        String name = System.getProperty(PROPERTY, AUTO);
        CublasLtProducts cublasLt =
                switch (name) {
                    case AUTO -> proven.contains(CUBLASLT) ? installed(session, library) : null;
                    case BUILT_IN -> null;
                    case CUBLASLT -> new CublasLtProducts(library.get(), session);
                    default ->
                        throw new InvalidInputException(PROPERTY + " is '" + name + "'; it can be " + AUTO + ", "
                                + BUILT_IN + " or " + CUBLASLT);
                };
        return new CudaGemm(session.launcher(), session.device().properties(), cublasLt);
    }

    private static CublasLtProducts installed(CudaSession session, Supplier<CublasLt> library) {
        try {
            return new CublasLtProducts(library.get(), session);
        } catch (InvalidInputException | DeviceException e) {
            LOG.info("matrix products are built-in: {}", e.getMessage());
            return null;
        }
    }

    /** What it multiplies with on this device, in a few words for a log. */
    String description() {
        String builtIn = device.isAmpereOrLater() ? "built-in GEMM, 16-bit types on tensor cores" : "built-in GEMM";
        return cublasLt == null ? builtIn : cublasLt.description() + ", else " + builtIn;
    }

    /** Whether biases are wanted in the weights' type, too. */
    boolean asksForRoundedBias() {
        return cublasLt != null;
    }

    /**
     * {@code y = activation(x Wᵀ + b)}.
     *
     * @param x of the weights' element type
     * @param y of that type or fp32
     */
    void multiply(Matrix x, CudaLinear layer, Matrix y, CudaStream stream) {
        boolean bias = layer.bias() != 0;
        if (cublasLt != null && CublasLtProducts.takes(x, layer.weight(), bias, layer.activation(), y)) {
            cublasLt.multiply(x, layer.weight(), layer.roundedBias(), layer.activation(), y, stream);
        } else {
            multiply(x, layer.weight(), layer.bias(), layer.activation(), null, y, stream);
        }
    }

    /** {@code y = gate ⊙ activation(x Wᵀ + b)}; {@code y} may be {@code gate}, which is of the weights' element type. */
    void multiply(Matrix x, CudaLinear layer, Matrix gate, Matrix y, CudaStream stream) {
        multiply(x, layer.weight(), layer.bias(), layer.activation(), gate, y, stream);
    }

    /**
     * {@code y = activation(x Wᵀ + b)}, times the gate if there is one; always by the kernels that come with this library.
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
        Form form = form(x, weight, vectors == 1);
        Kernel kernel = new Kernel(form.file(), RowKernels.name(form.name(), element, y.element()), form.threads());
        launcher.launch(kernel, form.blocks(x, weight), form.sharedBytes(), params, stream);
    }

    private Form form(Matrix x, Matrix weight, boolean vectors) {
        if (weight.element() == Element.F32 || !device.isAmpereOrLater() || !vectors) {
            return PLAIN;
        }
        return LARGE_TILES.blocks(x, weight) < device.multiprocessors() ? SMALL_TILES : LARGE_TILES;
    }

    @Override
    public void close() {
        if (cublasLt != null) {
            cublasLt.close();
        }
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
