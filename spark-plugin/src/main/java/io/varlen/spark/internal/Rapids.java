package io.varlen.spark.internal;

import io.varlen.attention.DeviceAllocator;
import io.varlen.spark.function.SqlFunction;
import java.lang.reflect.Method;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether the RAPIDS Accelerator is there. What touches its classes is loaded by name, and only then. */
public final class Rapids {
    private static final Logger LOG = LoggerFactory.getLogger(Rapids.class);
    private static final String UDF = "com.nvidia.spark.RapidsUDF";
    private static final String NATIVES = "ai.rapids.cudf.NativeDepsLoader";
    private static final String RMM = "ai.rapids.cudf.Rmm";
    private static final String ALLOCATOR = "io.varlen.spark.rapids.RmmAllocator";
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

    /** The memory of RAPIDS in this process; empty if it is not there, or has not begun to use a GPU. */
    public static Optional<DeviceAllocator> deviceMemory() {
        try {
            return isLoadable() && hasNatives() && isInitialised()
                    ? Optional.of((DeviceAllocator)
                            Class.forName(ALLOCATOR).getConstructor().newInstance())
                    : Optional.empty();
        } catch (ReflectiveOperationException | LinkageError e) {
            LOG.warn("RAPIDS is here, but its memory cannot be shared: a GPU's memory is taken from the driver", e);
            return Optional.empty();
        }
    }

    /** What RMM is asked otherwise unpacks 761 MB of natives first, also where there is no GPU; this only looks. */
    private static boolean hasNatives() throws ReflectiveOperationException {
        Method loaded = Class.forName(NATIVES).getDeclaredMethod("getLoaded");
        loaded.setAccessible(true);
        return (Boolean) loaded.invoke(null);
    }

    private static boolean isInitialised() throws ReflectiveOperationException {
        return (Boolean) Class.forName(RMM).getMethod("isInitialized").invoke(null);
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
