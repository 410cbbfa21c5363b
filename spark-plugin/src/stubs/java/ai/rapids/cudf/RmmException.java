package ai.rapids.cudf;

public class RmmException extends RuntimeException {}
