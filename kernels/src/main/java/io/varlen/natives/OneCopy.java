package io.varlen.natives;

import io.varlen.InvalidInputException;
import java.security.CodeSource;

/**
 * Sees to it that one copy of these classes in a JVM loads native libraries. A jar that is added to a running application has a class
 * loader of its own, and so other classes of the same names, which would load libraries, models and kernels once more beside the
 * first ones; and the JVM refuses a library that another loader has, with a message that helps nobody.
 */
final class OneCopy {
    /** Where copies see each other; it holds who came first. */
    private static final String PROPERTY = "varlen.loaded";

    private OneCopy() {}

    /** @throws InvalidInputException if another copy came first */
    static void require() {
        String mine = name(OneCopy.class);
        String first = (String) System.getProperties().putIfAbsent(PROPERTY, mine);
        if (first != null && !first.equals(mine)) {
            throw new InvalidInputException("spark-varlen is in this JVM twice: " + first + ", and now " + mine
                    + ", as when a jar is added to a running application (addArtifact, ADD JAR); start it with --jars, or"
                    + " spark.jars, instead, and add the jar nowhere else");
        }
    }

    private static String name(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        ClassLoader loader = type.getClassLoader();
        return (source == null ? "unknown" : source.getLocation()) + " by "
                + loader.getClass().getSimpleName() + "@" + Integer.toHexString(System.identityHashCode(loader));
    }
}
