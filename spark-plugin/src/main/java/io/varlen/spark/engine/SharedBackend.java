package io.varlen.spark.engine;

import io.varlen.attention.Backend;
import java.util.function.Function;

/**
 * A backend that the engine owns.
 *
 * @param permit what every use of it goes through; one for all backends on a device
 * @param gate behind which it is closed
 * @param owned whether it is closed by {@link #release}
 */
record SharedBackend(Backend backend, ComputePermit permit, Gate gate, boolean owned) {
    SharedBackend(Backend backend, ComputePermit permit) {
        this(backend, permit, new Gate(), true);
    }

    /** The same, which another one closes. */
    SharedBackend borrowed() {
        return new SharedBackend(backend, permit, gate, false);
    }

    <T> T compute(Function<Backend, T> work) {
        return permit.inside(() -> gate.inside(() -> work.apply(backend)));
    }

    void release() {
        if (owned) {
            gate.close(backend::close);
        }
    }
}
