package ai.rapids.cudf;

public abstract class BaseDeviceMemoryBuffer extends MemoryBuffer {}
