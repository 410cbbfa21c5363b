package ai.rapids.cudf;

public class DeviceMemoryBuffer extends BaseDeviceMemoryBuffer {
    public static DeviceMemoryBuffer allocate(long bytes) {
        throw new UnsupportedOperationException();
    }
}
