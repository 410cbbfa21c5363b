package io.varlen.internal.cpu;

/** {@code x/2 · (1 + erf(x/√2))}. */
final class Gelu {
    private Gelu() {}

    static float of(float x) {
        return (float) (0.5 * x * (1 + erf(x * Math.sqrt(0.5))));
    }

    /** To an absolute error of 1.5e-7: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26. */
    static double erf(double x) {
        double t = 1 / (1 + 0.3275911 * Math.abs(x));
        double polynomial =
                ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
        return Math.copySign(1 - polynomial * Math.exp(-x * x), x);
    }
}
