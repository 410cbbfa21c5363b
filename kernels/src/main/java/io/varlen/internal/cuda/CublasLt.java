package io.varlen.internal.cuda;

import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import io.varlen.InvalidInputException;
import java.util.List;

/**
 * The functions of {@code cublasLt.h} that matrix products take, and its numbers; the same in CUDA 12 and 13. All return a {@code
 * cublasStatus_t}.
 */
interface CublasLt extends Library {
    /** As they are installed; the newest first. */
    List<String> NAMES = List.of("libcublasLt.so.13", "libcublasLt.so.12");

    /** {@code cublasStatus_t}. */
    int SUCCESS = 0;

    int ALLOCATION_FAILED = 3;

    /** {@code cublasComputeType_t}: multiplies as stored, without TF32, and adds up in fp32. */
    int COMPUTE_32F = 68;

    /** {@code cudaDataType_t}. */
    int R_32F = 0;

    int R_16F = 2;
    int R_16BF = 14;

    /** {@code cublasOperation_t}. */
    int TRANSPOSED = 1;

    /** {@code cublasLtMatmulDescAttributes_t}. */
    int DESC_TRANSA = 3;

    int DESC_EPILOGUE = 7;
    int DESC_BIAS_POINTER = 8;

    /** {@code cublasLtMatmulPreferenceAttributes_t}. */
    int PREFERENCE_WORKSPACE_BYTES = 1;

    int PREFERENCE_REDUCTION_SCHEMES = 3;

    /** {@code cublasLtReductionScheme_t}: sums are not split. */
    int REDUCTION_NONE = 0;

    /** {@code cublasLtEpilogue_t}; its GELU is the one with tanh. */
    int EPILOGUE_DEFAULT = 1;

    int EPILOGUE_RELU = 2;
    int EPILOGUE_BIAS = 4;
    int EPILOGUE_GELU = 32;

    /** {@code sizeof(cublasLtMatmulAlgo_t)}, which is also where {@code workspaceSize} is in a heuristic's result. */
    int ALGORITHM_BYTES = 64;

    /** {@code sizeof(cublasLtMatmulHeuristicResult_t)}. */
    int RESULT_BYTES = 96;

    int RESULT_STATE = 72;

    /**
     * The library that is installed.
     *
     * @throws InvalidInputException if there is none
     */
    static CublasLt load() {
        for (String name : NAMES) {
            try {
                return Native.load(name, CublasLt.class);
            } catch (UnsatisfiedLinkError e) {
                // the next one
            }
        }
        throw new InvalidInputException(
                "none of " + String.join(", ", NAMES) + " is installed; add its folder to LD_LIBRARY_PATH");
    }

    long cublasLtGetVersion();

    int cublasLtCreate(PointerByReference handle);

    int cublasLtDestroy(Pointer handle);

    int cublasLtMatmulDescCreate(PointerByReference description, int computeType, int scaleType);

    int cublasLtMatmulDescSetAttribute(Pointer description, int attribute, Pointer value, long bytes);

    int cublasLtMatmulDescDestroy(Pointer description);

    /** Column-major. */
    int cublasLtMatrixLayoutCreate(PointerByReference layout, int type, long rows, long columns, long leadingDimension);

    int cublasLtMatrixLayoutDestroy(Pointer layout);

    int cublasLtMatmulPreferenceCreate(PointerByReference preference);

    int cublasLtMatmulPreferenceSetAttribute(Pointer preference, int attribute, Pointer value, long bytes);

    int cublasLtMatmulPreferenceDestroy(Pointer preference);

    int cublasLtMatmulAlgoGetHeuristic(
            Pointer handle,
            Pointer description,
            Pointer a,
            Pointer b,
            Pointer c,
            Pointer d,
            Pointer preference,
            int wanted,
            Memory results,
            IntByReference found);

    int cublasLtMatmul(
            Pointer handle,
            Pointer description,
            Pointer alpha,
            Pointer a,
            Pointer aLayout,
            Pointer b,
            Pointer bLayout,
            Pointer beta,
            Pointer c,
            Pointer cLayout,
            Pointer d,
            Pointer dLayout,
            Pointer algorithm,
            Pointer workspace,
            long workspaceBytes,
            Pointer stream);
}
