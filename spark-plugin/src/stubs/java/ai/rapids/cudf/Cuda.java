package ai.rapids.cudf;

public class Cuda {
    public static final Stream DEFAULT_STREAM = null;

    public static final class Stream {}
}
