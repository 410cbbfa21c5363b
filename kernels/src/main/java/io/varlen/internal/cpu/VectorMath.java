package io.varlen.internal.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Functions of whole vectors. */
final class VectorMath {
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

    /** Adding and subtracting this rounds a float of magnitude below 2^22 to the nearest integer. */
    private static final float ROUNDER = 0x1.8p23f;

    /** The smallest power of two that is a normal number. */
    private static final float MIN_EXPONENT = -126f;

    private VectorMath() {}

    /**
     * {@code 2^x} for {@code x <= 0}, to a relative error of 1e-7; exactly 0 where {@code x < -126}; NaN where {@code x} is.
     *
     * <p>{@code 2^x = 2^n · 2^r} with {@code n} the nearest integer: {@code 2^r} is a polynomial (weighted least squares
     * on [-1/2, 1/2]), {@code 2^n} goes into the exponent's bits.
     */
    static FloatVector exp2(FloatVector x) {
        FloatVector clamped = x.max(MIN_EXPONENT);
        FloatVector nearest = clamped.add(ROUNDER).sub(ROUNDER);
        FloatVector r = clamped.sub(nearest);
        FloatVector p = r.fma(broadcast(1.5353361e-4f), broadcast(1.3398874e-3f));
        p = p.fma(r, broadcast(9.618437e-3f));
        p = p.fma(r, broadcast(5.5503324e-2f));
        p = p.fma(r, broadcast(2.4022648e-1f));
        p = p.fma(r, broadcast(6.931472e-1f));
        p = p.fma(r, broadcast(1f));
        IntVector exponent = ((IntVector) nearest.convert(VectorOperators.F2I, 0)).lanewise(VectorOperators.LSHL, 23);
        FloatVector power = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
        return power.blend(0f, x.compare(VectorOperators.LT, MIN_EXPONENT));
    }

    private static FloatVector broadcast(float value) {
        return FloatVector.broadcast(FLOATS, value);
    }
}
