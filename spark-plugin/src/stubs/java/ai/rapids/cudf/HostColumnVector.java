package ai.rapids.cudf;

public final class HostColumnVector {
    public abstract static class DataType {}

    public static class ListType extends DataType {
        public ListType(boolean isNullable, DataType child) {}
    }

    public static class BasicType extends DataType {
        public BasicType(boolean isNullable, DType type) {}
    }
}
