package io.varlen.spark.engine;

import io.varlen.attention.Backend;

/**
 * A backend that the engine owns.
 *
 * @param permit what every use of it goes through
 * @param owned whether it is closed by {@link #release}
 */
record SharedBackend(Backend backend, ComputePermit permit, boolean owned) {
    /** The same, which another one closes. */
    SharedBackend borrowed() {
        return new SharedBackend(backend, permit, false);
    }

    void release() {
        if (owned) {
            backend.close();
        }
    }
}
