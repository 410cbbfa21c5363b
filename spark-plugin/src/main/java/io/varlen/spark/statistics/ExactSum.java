package io.varlen.spark.statistics;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * A sum that does not depend on the order of its summands: each is rounded to {@value #DIGITS} digits behind the point, and
 * then nothing is rounded any more. What is not finite makes the sum so. Immutable.
 */
final class ExactSum {
    static final ExactSum ZERO = new ExactSum(BigDecimal.ZERO, 0);

    private static final int DIGITS = 24;

    private final BigDecimal finite;
    /** The sum of what is not finite, or 0. */
    private final double rest;

    private ExactSum(BigDecimal finite, double rest) {
        this.finite = finite;
        this.rest = rest;
    }

    @JsonCreator
    static ExactSum of(String text) {
        return Character.isDigit(text.charAt(text.length() - 1))
                ? new ExactSum(new BigDecimal(text), 0)
                : new ExactSum(BigDecimal.ZERO, Double.parseDouble(text));
    }

    ExactSum plus(double summand) {
        return Double.isFinite(summand)
                ? new ExactSum(finite.add(new BigDecimal(summand).setScale(DIGITS, RoundingMode.HALF_EVEN)), rest)
                : new ExactSum(finite, rest + summand);
    }

    ExactSum plus(ExactSum other) {
        return new ExactSum(finite.add(other.finite), rest + other.rest);
    }

    double value() {
        return rest == 0 ? finite.doubleValue() : rest;
    }

    @Override
    @JsonValue
    public String toString() {
        return rest == 0 ? finite.toString() : String.valueOf(rest);
    }
}
