package io.varlen.internal.cpu;

import io.varlen.attention.Activation;

/** Activations of one element. */
final class Activations {
    private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

    private Activations() {}

    static float of(Activation activation, float x) {
        return switch (activation) {
            case NONE -> x;
            case GELU -> (float) (0.5 * x * (1 + erf(x * Math.sqrt(0.5))));
            case GELU_TANH -> (float) (0.5 * x * (1 + Math.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * (double) x * x))));
            case SILU -> (float) (x / (1 + Math.exp(-x)));
            case RELU -> Math.max(x, 0f);
        };
    }

    /** To an absolute error of 1.5e-7: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26. */
    static double erf(double x) {
        double t = 1 / (1 + 0.3275911 * Math.abs(x));
        double polynomial =
                ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
        return Math.copySign(1 - polynomial * Math.exp(-x * x), x);
    }
}
