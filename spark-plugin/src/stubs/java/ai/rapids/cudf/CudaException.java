package ai.rapids.cudf;

public class CudaException extends RuntimeException {}
