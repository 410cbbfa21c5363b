package io.varlen.spark.engine;

import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;

/** How the engine comes by its backends. */
interface BackendOpener {
    /** @see Backends#open(String, int, Dtype, String) */
    Backend open(String name, int threads, Dtype dtype, String gpu);
}
