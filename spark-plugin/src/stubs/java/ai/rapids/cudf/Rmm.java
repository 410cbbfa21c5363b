package ai.rapids.cudf;

public class Rmm {
    public static boolean isInitialized() throws RmmException {
        throw new UnsupportedOperationException();
    }
}
