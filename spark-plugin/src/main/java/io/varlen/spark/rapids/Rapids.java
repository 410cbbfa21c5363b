package io.varlen.spark.rapids;

import io.varlen.spark.function.SqlFunction;

/** Whether the RAPIDS Accelerator is there. What touches its classes is loaded by name, and only then. */
public final class Rapids {
    private static final String UDF = "com.nvidia.spark.RapidsUDF";
    private static final String FUNCTION = "io.varlen.spark.rapids.RapidsFunction";

    private Rapids() {}

    /** Whether its classes are on the class path of ours, whether or not it is switched on. */
    public static boolean isLoadable() {
        try {
            Class.forName(UDF, false, Rapids.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    /** The function of a {@code ScalaUDF} that RAPIDS evaluates over columns; its arguments are of {@link InputTypes}. */
    public static Object function(SqlFunction function) {
        try {
            return Class.forName(FUNCTION).getMethod("of", SqlFunction.class).invoke(null, function);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this RAPIDS has another RapidsUDF: " + e, e);
        }
    }
}
