package ai.rapids.cudf;

import java.util.List;

public final class HostColumnVector {
    public abstract static class DataType {}

    public static class ListType extends DataType {
        public ListType(boolean isNullable, DataType child) {}
    }

    public static class StructType extends DataType {
        public StructType(boolean isNullable, List<DataType> children) {}
    }

    public static class BasicType extends DataType {
        public BasicType(boolean isNullable, DType type) {}
    }
}
