package com.nvidia.spark.rapids.jni;

public class GpuOOM extends RuntimeException {}
