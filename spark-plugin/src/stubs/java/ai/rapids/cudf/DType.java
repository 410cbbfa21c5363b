package ai.rapids.cudf;

public final class DType {
    public static final DType BOOL8 = null;
    public static final DType INT8 = null;
    public static final DType UINT8 = null;
    public static final DType INT32 = null;
    public static final DType INT64 = null;
    public static final DType FLOAT32 = null;
    public static final DType FLOAT64 = null;
    public static final DType STRING = null;
    public static final DType LIST = null;
    public static final DType STRUCT = null;
}
