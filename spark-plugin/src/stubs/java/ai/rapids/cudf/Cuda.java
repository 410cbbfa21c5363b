package ai.rapids.cudf;

public class Cuda {
    public static final Stream DEFAULT_STREAM = null;

    public static int getDevice() throws CudaException {
        throw new UnsupportedOperationException();
    }

    public static final class Stream {}
}
