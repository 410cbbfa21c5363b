package io.varlen.tokenizer.internal.description;

import java.util.Arrays;

/**
 * Numbers as serde_json reads them, which the library does. It takes the decimal digits as an integer, which is rounded, and
 * then multiplies or divides it by a power of ten, which is rounded again: of scores with 17 digits one in eight differs in its
 * last bit from the nearest double. That bit decides between paths whose scores are the same sum of different tokens.
 */
final class Scores {
    private static final double[] POWERS_OF_TEN = new double[309];

    static {
        Arrays.setAll(POWERS_OF_TEN, i -> Double.parseDouble("1e" + i));
    }

    private Scores() {}

    /**
     * The value of a JSON number.
     *
     * @throws UnsupportedConstructException if it is out of range
     */
    static double parse(String number) {
        boolean negative = number.startsWith("-");
        int at = negative ? 1 : 0;
        long significand = 0;
        int exponent = 0;
        boolean behindPoint = false;
        boolean full = false;
        for (; at < number.length() && "eE".indexOf(number.charAt(at)) < 0; at++) {
            if (number.charAt(at) == '.') {
                behindPoint = true;
                full = false;
                continue;
            }
            int digit = number.charAt(at) - '0';
            full |= overflows(significand, digit);
            if (!full) {
                significand = 10 * significand + digit;
            }
            if (full != behindPoint) {
                exponent += full ? 1 : -1;
            }
        }
        double value =
                scaled(significand, exponent + (at < number.length() ? exponentOf(number.substring(at + 1)) : 0));
        DescriptionReader.require(Double.isFinite(value), "the number " + number);
        return negative ? -value : value;
    }

    /** Whether there is no room for one more digit in 64 bits without sign. */
    private static boolean overflows(long significand, int digit) {
        long limit = Long.divideUnsigned(-1, 10);
        int order = Long.compareUnsigned(significand, limit);
        return order > 0 || order == 0 && digit > Long.remainderUnsigned(-1, 10);
    }

    /** Far beyond any double if it is far beyond. */
    private static int exponentOf(String digits) {
        double exponent = Double.parseDouble(digits);
        return (int) Math.max(-1_000_000_000, Math.min(1_000_000_000, exponent));
    }

    private static double scaled(long significand, int exponent) {
        double value = unsigned(significand);
        int left = exponent;
        for (; left < -308 && value != 0; left += 308) {
            value /= 1e308;
        }
        if (value == 0) {
            return value;
        }
        return left > 308
                ? Double.POSITIVE_INFINITY
                : left < 0 ? value / POWERS_OF_TEN[-left] : value * POWERS_OF_TEN[left];
    }

    /** The nearest double of 64 bits without sign. */
    private static double unsigned(long bits) {
        // the lowest bit stands for itself and the one that is shifted out, so that ties are told apart
        return bits >= 0 ? bits : 2.0 * (bits >>> 1 | bits & 1);
    }
}
