package io.varlen.internal.cpu;

import io.varlen.InvalidInputException;
import io.varlen.attention.Attention;
import io.varlen.attention.Norm;
import org.slf4j.LoggerFactory;

/** The loops that are written twice: with the Vector API, and in plain Java for JVMs that start without it. */
interface Kernels {
    /** The system property that chooses: {@code vector}, {@code java}, or {@code auto} (the default). */
    String PROPERTY = "varlen.cpu.kernels";

    String VECTOR = "vector";
    String JAVA = "java";

    /** For a log. */
    String description();

    /** Whether the loops are to be compiled before they are needed. */
    boolean areSlowUntilCompiled();

    /** How many queries a tile has at most. */
    int queriesPerTile();

    /** Attention for one call, with the scratch memory of one thread; to be closed by it. */
    AttentionKernel attention(Attention call);

    /** Normalisation of rows. */
    NormKernel norm(Norm norm);

    /**
     * Turns one head in place, where element {@code i} and element {@code i + pairs} are a pair.
     *
     * @param at where the head begins
     * @param cosines from {@code angle} on, one per pair; {@code sines} likewise
     */
    void rotateHalves(float[] x, int at, float[] cosines, float[] sines, int angle, int pairs);

    /** {@code log Σ exp(x[i])} over {@code count} elements from {@code from} on, to a relative error of the sum of 1e-6. */
    double logSumExp(float[] x, int from, int count);

    /** Rounds to bfloat16, to nearest and ties to even; NaN stays NaN. */
    void toBf16(float[] x, int from, short[] y, int count);

    /** @throws InvalidInputException if there are none of that name, or they do not work here */
    static Kernels named(String name) {
        return switch (name) {
            case "auto" -> vectorElseJava();
            case VECTOR -> vector();
            case JAVA -> new JavaKernels();
            default -> throw new InvalidInputException(PROPERTY + " is '" + name + "'; it can be auto, vector or java");
        };
    }

    private static Kernels vector() {
        try {
            return load();
        } catch (LinkageError | ReflectiveOperationException e) {
            throw new InvalidInputException(missing(e) + ", or set " + PROPERTY + " to auto", e);
        }
    }

    private static Kernels vectorElseJava() {
        try {
            return load();
        } catch (LinkageError | ReflectiveOperationException e) {
            LoggerFactory.getLogger(Kernels.class)
                    .warn("{}; attention runs in plain Java, several times slower", missing(e));
            return new JavaKernels();
        }
    }

    /** By name: what uses the Vector API is compiled after the rest, and linked only where the JVM has it. */
    private static Kernels load() throws ReflectiveOperationException {
        return (Kernels) Class.forName("io.varlen.internal.cpu.VectorKernels")
                .getDeclaredConstructor()
                .newInstance();
    }

    private static String missing(Throwable e) {
        return "the Vector API is not there (" + e + "); start Java with --add-modules=jdk.incubator.vector";
    }
}
