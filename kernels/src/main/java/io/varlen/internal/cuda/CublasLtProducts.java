package io.varlen.internal.cuda;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import io.varlen.attention.Activation;
import io.varlen.attention.DeviceException;
import io.varlen.attention.OutOfDeviceMemoryException;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Matrix products by cublasLt, with bias and activation where it fuses them. Every product has the same number of rows, the last
 * one with padding, and for each (N, K, types, epilogue) the one algorithm that cublasLt recommends first and that splits no sum; so the
 * bits of a row do not depend on the batch. Safe for use by many threads at once.
 */
final class CublasLtProducts implements AutoCloseable {
    /** Rows of every product: enough for a GPU to be busy where N is small. */
    static final int ROWS = 4096;

    private static final long WORKSPACE_BYTES = 32L << 20;

    /** What cublasLt takes addresses for unless it is told otherwise. */
    private static final int ALIGNMENT = 256;

    private final CublasLt library;
    private final CudaSession session;
    private final Pointer handle;
    private final ConcurrentHashMap<Shape, Plan> plans = new ConcurrentHashMap<>();

    /** What an algorithm is chosen for. */
    private record Shape(int outputs, int inputs, Element from, Element to, int epilogue) {}

    /** How products of a shape are computed; made once, then read alone. */
    private record Plan(Pointer weights, Pointer x, Pointer y, Memory algorithm) {}

    CublasLtProducts(CublasLt library, CudaSession session) {
        this.library = library;
        this.session = session;
        session.device().nativeStream(session.stream().handle()); // a handle belongs to the context that is current
        PointerByReference created = new PointerByReference();
        check(library.cublasLtCreate(created), "cublasLtCreate");
        this.handle = created.getValue();
    }

    /** For a log. */
    String description() {
        return "cublasLt " + library.cublasLtGetVersion();
    }

    /** Whether it computes all of {@code y = activation(x Wᵀ + b)}: matrices that it loads fast, and what it can fuse. */
    static boolean takes(Matrix x, Matrix weight, boolean bias, Activation activation, Matrix y) {
        boolean fuses = activation == Activation.NONE
                || activation == Activation.RELU
                || activation == Activation.GELU_TANH && x.element() != Element.F32;
        boolean oneType = x.element() == y.element();
        return fuses
                && (x.address() | weight.address() | y.address()) % ALIGNMENT == 0
                && (oneType || !bias && activation == Activation.NONE)
                && RowKernels.vectors(RowKernels.stride(x), RowKernels.stride(weight), RowKernels.stride(y)) == 1;
    }

    /**
     * {@code y = activation(x Wᵀ + b)}, which it {@link #takes}.
     *
     * @param bias of N numbers of y's type, or 0 for none
     */
    void multiply(Matrix x, Matrix weight, long bias, Activation activation, Matrix y, CudaStream stream) {
        int epilogue = epilogue(activation, bias != 0);
        Shape shape = new Shape(weight.rows(), weight.columns(), x.element(), y.element(), epilogue);
        Plan plan = plans.computeIfAbsent(shape, some -> plan(some, bias));
        Pointer description = description(epilogue, bias);
        try {
            int whole = x.rows() / ROWS * ROWS;
            for (int row = 0; row < whole; row += ROWS) {
                multiply(plan, description, x.rows(row, ROWS), weight, y.rows(row, ROWS), stream);
            }
            if (whole < x.rows()) {
                int rest = x.rows() - whole;
                multiplyPadded(plan, description, x.rows(whole, rest), weight, y.rows(whole, rest), stream);
            }
        } finally {
            library.cublasLtMatmulDescDestroy(description);
        }
    }

    /** Rows of padding hold anything: no row looks at another. */
    private void multiplyPadded(Plan plan, Pointer description, Matrix x, Matrix weight, Matrix y, CudaStream stream) {
        try (CudaTensor from = session.tensor(x.element(), ROWS, x.columns());
                CudaTensor to = session.tensor(y.element(), ROWS, y.columns())) {
            Driver.Device device = session.device();
            device.copy(from.address(), x.address(), x.rows() * RowKernels.stride(x), stream.handle());
            multiply(plan, description, from.matrix(), weight, to.matrix(), stream);
            device.copy(y.address(), to.address(), y.rows() * RowKernels.stride(y), stream.handle());
        }
    }

    private void multiply(Plan plan, Pointer description, Matrix x, Matrix weight, Matrix y, CudaStream stream) {
        try (CudaSession.Scratch workspace = session.scratch(WORKSPACE_BYTES);
                Memory one = number(1f);
                Memory zero = number(0f)) {
            Pointer to = new Pointer(y.address());
            int status = library.cublasLtMatmul(
                    handle,
                    description,
                    one,
                    new Pointer(weight.address()),
                    plan.weights(),
                    new Pointer(x.address()),
                    plan.x(),
                    zero,
                    to,
                    plan.y(),
                    to,
                    plan.y(),
                    plan.algorithm(),
                    new Pointer(workspace.address()),
                    WORKSPACE_BYTES,
                    new Pointer(session.device().nativeStream(stream.handle())));
            check(status, "cublasLtMatmul");
        }
    }

    /**
     * A row-major matrix is its transpose, column-major: yᵀ [N, rows] = W [N, K] xᵀ [K, rows].
     *
     * @param bias any that is aligned as all are
     */
    private Plan plan(Shape shape, long bias) {
        Plan plan = new Plan(
                layout(shape.from(), shape.inputs(), shape.outputs()),
                layout(shape.from(), shape.inputs(), ROWS),
                layout(shape.to(), shape.outputs(), ROWS),
                new Memory(CublasLt.ALGORITHM_BYTES));
        Pointer description = description(shape.epilogue(), bias);
        try {
            chooseAlgorithm(plan, description, shape);
            return plan;
        } catch (DeviceException e) {
            destroy(plan);
            throw e;
        } finally {
            library.cublasLtMatmulDescDestroy(description);
        }
    }

    private void chooseAlgorithm(Plan plan, Pointer description, Shape shape) {
        PointerByReference preference = new PointerByReference();
        check(library.cublasLtMatmulPreferenceCreate(preference), "cublasLtMatmulPreferenceCreate");
        try (Memory bytes = number(WORKSPACE_BYTES);
                Memory none = number(CublasLt.REDUCTION_NONE);
                Memory results = new Memory(CublasLt.RESULT_BYTES)) {
            prefer(preference.getValue(), CublasLt.PREFERENCE_WORKSPACE_BYTES, bytes);
            prefer(preference.getValue(), CublasLt.PREFERENCE_REDUCTION_SCHEMES, none);
            IntByReference found = new IntByReference();
            int status = library.cublasLtMatmulAlgoGetHeuristic(
                    handle,
                    description,
                    plan.weights(),
                    plan.x(),
                    plan.y(),
                    plan.y(),
                    preference.getValue(),
                    1,
                    results,
                    found);
            check(status, "cublasLtMatmulAlgoGetHeuristic");
            if (found.getValue() != 1 || results.getInt(CublasLt.RESULT_STATE) != CublasLt.SUCCESS) {
                throw new DeviceException(DeviceException.Kind.USAGE, "cublasLt has no algorithm for " + shape);
            }
            byte[] algorithm = results.getByteArray(0, CublasLt.ALGORITHM_BYTES);
            plan.algorithm().write(0, algorithm, 0, algorithm.length);
        } finally {
            library.cublasLtMatmulPreferenceDestroy(preference.getValue());
        }
    }

    private void destroy(Plan plan) {
        library.cublasLtMatrixLayoutDestroy(plan.weights());
        library.cublasLtMatrixLayoutDestroy(plan.x());
        library.cublasLtMatrixLayoutDestroy(plan.y());
        plan.algorithm().close();
    }

    private void prefer(Pointer preference, int attribute, Memory value) {
        check(
                library.cublasLtMatmulPreferenceSetAttribute(preference, attribute, value, value.size()),
                "cublasLtMatmulPreferenceSetAttribute");
    }

    private Pointer description(int epilogue, long bias) {
        PointerByReference created = new PointerByReference();
        check(
                library.cublasLtMatmulDescCreate(created, CublasLt.COMPUTE_32F, CublasLt.R_32F),
                "cublasLtMatmulDescCreate");
        describe(created.getValue(), CublasLt.DESC_TRANSA, number(CublasLt.TRANSPOSED));
        describe(created.getValue(), CublasLt.DESC_EPILOGUE, number(epilogue));
        if (bias != 0) {
            describe(created.getValue(), CublasLt.DESC_BIAS_POINTER, number(bias));
        }
        return created.getValue();
    }

    private void describe(Pointer description, int attribute, Memory value) {
        try (value) {
            check(
                    library.cublasLtMatmulDescSetAttribute(description, attribute, value, value.size()),
                    "cublasLtMatmulDescSetAttribute");
        }
    }

    private Pointer layout(Element element, int rows, int columns) {
        PointerByReference created = new PointerByReference();
        check(
                library.cublasLtMatrixLayoutCreate(created, type(element), rows, columns, rows),
                "cublasLtMatrixLayoutCreate");
        return created.getValue();
    }

    private static int epilogue(Activation activation, boolean bias) {
        int fused =
                switch (activation) {
                    case NONE -> 0;
                    case RELU -> CublasLt.EPILOGUE_RELU;
                    case GELU_TANH -> CublasLt.EPILOGUE_GELU;
                    case GELU, SILU -> throw new IllegalArgumentException("cublasLt does not fuse " + activation);
                };
        int all = fused | (bias ? CublasLt.EPILOGUE_BIAS : 0);
        return all == 0 ? CublasLt.EPILOGUE_DEFAULT : all;
    }

    private static int type(Element element) {
        return switch (element) {
            case F32 -> CublasLt.R_32F;
            case F16 -> CublasLt.R_16F;
            case BF16 -> CublasLt.R_16BF;
        };
    }

    private static Memory number(int value) {
        Memory memory = new Memory(Integer.BYTES);
        memory.setInt(0, value);
        return memory;
    }

    private static Memory number(long value) {
        Memory memory = new Memory(Long.BYTES);
        memory.setLong(0, value);
        return memory;
    }

    private static Memory number(float value) {
        Memory memory = new Memory(Float.BYTES);
        memory.setFloat(0, value);
        return memory;
    }

    private static void check(int status, String function) {
        String message = function + " failed with cublasStatus_t " + status;
        if (status == CublasLt.ALLOCATION_FAILED) {
            throw new OutOfDeviceMemoryException(message);
        }
        if (status != CublasLt.SUCCESS) {
            throw new DeviceException(DeviceException.Kind.USAGE, message);
        }
    }

    @Override
    public void close() {
        plans.values().forEach(this::destroy);
        plans.clear();
        library.cublasLtDestroy(handle);
    }
}
