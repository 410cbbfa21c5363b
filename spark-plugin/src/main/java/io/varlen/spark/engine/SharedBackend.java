package io.varlen.spark.engine;

import io.varlen.attention.Backend;

/**
 * A backend that the engine owns.
 *
 * @param permit what every use of it goes through
 */
record SharedBackend(Backend backend, ComputePermit permit) {
    void release() {
        backend.close();
    }
}
