package io.varlen.spark.engine;

import io.varlen.attention.Dtype;
import io.varlen.spark.VarlenConf;
import java.io.Serializable;

/**
 * With what a model is to be computed.
 *
 * @param backend a backend's name, or {@code auto}; null for what {@link VarlenConf#BACKEND} says
 * @param dtype in what its linear layers multiply; {@link Dtype#AUTO} leaves it to each host's processor
 */
public record Compute(String backend, Dtype dtype) implements Serializable {
    /** What the configuration says, in fp32. */
    public static final Compute DEFAULT = new Compute(null, Dtype.FP32);

    /** In fp32. */
    public static Compute on(String backend) {
        return new Compute(backend, Dtype.FP32);
    }
}
