package io.varlen.jobs.report;

import java.util.Locale;

/** Numbers as people read them. */
final class Numbers {
    private Numbers() {}

    /** In groups of three digits. */
    static String whole(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** With the thing that is counted: {@code 1 row}, {@code 1,234 rows}. */
    static String count(long number, String thing) {
        return whole(number) + " " + thing + (number == 1 ? "" : "s");
    }

    /** A share with two decimals; what is not all, or not nothing, is not told as such. */
    static String percent(double share) {
        double percent = 100 * share;
        if (share < 1 && percent >= 99.995) {
            return "> 99.99 %";
        }
        if (share > 0 && percent < 0.005) {
            return "< 0.01 %";
        }
        return String.format(Locale.ROOT, "%.2f %%", percent);
    }

    /** With four significant digits, whole numbers as such. */
    static String decimal(double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            return whole((long) value);
        }
        double size = Math.abs(value);
        if (!Double.isFinite(value) || size >= 1e7 || size < 1e-3) {
            return String.format(Locale.ROOT, "%.3e", value);
        }
        int decimals = Math.max(0, 3 - (int) Math.floor(Math.log10(size)));
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }

    static String seconds(double seconds) {
        if (seconds < 120) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        long whole = Math.round(seconds);
        return whole < 2 * 3600
                ? whole / 60 + " min " + whole % 60 + " s"
                : whole(whole / 3600) + " h " + whole % 3600 / 60 + " min";
    }

    static String bytes(long bytes) {
        String[] units = {"B", "kB", "MB", "GB", "TB", "PB"};
        double size = bytes;
        int unit = 0;
        while (size >= 999.5 && unit < units.length - 1) {
            size /= 1000;
            unit++;
        }
        String digits = unit == 0 || size >= 100
                ? String.format(Locale.ROOT, "%.0f", size)
                : String.format(Locale.ROOT, "%.1f", size);
        return digits + " " + units[unit];
    }
}
