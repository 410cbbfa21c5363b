package com.nvidia.spark.rapids.jni;

public class GpuSplitAndRetryOOM extends GpuOOM {
    public GpuSplitAndRetryOOM(String message) {}
}
