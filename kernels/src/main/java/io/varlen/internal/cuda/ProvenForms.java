package io.varlen.internal.cuda;

import java.util.Map;
import java.util.Set;

/**
 * On which architectures which kernels have passed their contract suite: what {@code auto} may use. A copy of the table in
 * {@code kernels/BENCHMARKS.md}, which says when, on which device and at which commit; a test compares the two.
 */
final class ProvenForms {
    /** All kernels but those of attention. */
    static final String OPERATIONS = "operations";

    private static final Map<String, Set<String>> BY_ARCHITECTURE = Map.of();

    private ProvenForms() {}

    /** The names of forms of attention, {@value #OPERATIONS}, and {@value CudaGemm#CUBLASLT} for matrix products by it; empty if nothing has been run there. */
    static Set<String> on(String architecture) {
        return BY_ARCHITECTURE.getOrDefault(architecture, Set.of());
    }

    static Map<String, Set<String>> byArchitecture() {
        return BY_ARCHITECTURE;
    }
}
