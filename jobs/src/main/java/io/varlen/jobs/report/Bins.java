package io.varlen.jobs.report;

import io.varlen.jobs.chart.Label;
import io.varlen.spark.profile.Distribution;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/**
 * The bins that values are counted in.
 *
 * @param edges ascending
 * @param labels of the edges, or of the bins where each is one whole number; some are empty
 * @param names of the bins
 */
record Bins(double[] edges, List<String> labels, List<String> names) {
    /** Above this ratio of the largest to the smallest value bins grow with the values. */
    private static final double WIDE = 5;

    private static final int MOST = 60;
    private static final int ABOUT = 24;

    /** So many whole numbers have a bin each. */
    private static final int MOST_SINGLE = 40;

    /** Preferred numbers of ISO 3 (Renard), 10 and 5 to the decade. */
    private static final double[] R10 = {1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8};

    private static final double[] R5 = {1, 1.6, 2.5, 4, 6.3};
    private static final double[] DECADES = {1};

    /** Whole numbers, such as lengths. */
    static Bins ofWhole(Distribution values) {
        return of(values, true);
    }

    /** Any numbers. */
    static Bins of(Distribution values) {
        return of(values, false);
    }

    /** From 0 to 100 %, in steps of 5. */
    static Bins ofShares() {
        double[] edges = new double[21];
        List<String> labels = new ArrayList<>();
        for (int i = 0; i <= 20; i++) {
            edges[i] = i / 20.0;
            labels.add(i % 2 == 0 ? 5 * i + " %" : "");
        }
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            names.add(5 * i + " to " + 5 * (i + 1) + " %");
        }
        return new Bins(edges, labels, names);
    }

    private static Bins of(Distribution values, boolean whole) {
        double least = values.least();
        double most = values.most();
        if (least <= 0 || most / least < WIDE || whole && most - least < MOST_SINGLE) {
            return linear(least, most, whole);
        }
        for (double[] series : List.of(R10, R5)) {
            Bins bins = logarithmic(least, most, whole, series);
            if (bins.names.size() <= MOST) {
                return bins;
            }
        }
        return logarithmic(least, most, whole, DECADES);
    }

    private static Bins linear(double least, double most, boolean whole) {
        boolean each = whole && most - least < MOST_SINGLE;
        double step = each ? 1 : niceStep((most - least + (whole ? 1 : 0)) / ABOUT, least, whole);
        double start = Math.floor(least / step) * step;
        List<Double> edges = new ArrayList<>(List.of(start));
        while (edges.size() < 2 || (whole ? last(edges) <= most : last(edges) < most)) {
            edges.add(start + edges.size() * step);
        }
        List<Double> labelled = whole && step == 1 ? edges.subList(0, edges.size() - 1) : edges;
        List<String> labels = labelled.stream().map(edge -> label(edge, step)).toList();
        return of(edges, labels, whole, step);
    }

    private static double niceStep(double wanted, double least, boolean whole) {
        double power = Math.pow(10, Math.floor(Math.log10(Math.max(wanted, Math.max(1e-9, Math.abs(least) * 1e-9)))));
        for (double factor : new double[] {1, 2, 5, 10}) {
            if (factor * power >= wanted && (!whole || factor * power >= 1)) {
                return factor * power;
            }
        }
        return Math.max(10 * power, whole ? 1 : 0);
    }

    private static Bins logarithmic(double least, double most, boolean whole, double[] series) {
        TreeSet<Double> all = new TreeSet<>();
        int first = (int) Math.floor(Math.log10(least)) - 1;
        for (int power = first; power <= Math.log10(most) + 1; power++) {
            for (double factor : series) {
                double edge = factor * Math.pow(10, power);
                all.add(whole ? Math.ceil(edge - 1e-9) : edge);
            }
        }
        double from = all.floor(least);
        double to = whole || most > all.floor(most) ? all.higher(most) : most;
        List<Double> edges = new ArrayList<>(all.subSet(from, true, to, true));
        List<String> labels = edges.stream()
                .map(edge -> isRound(edge) ? Label.number(edge) : "")
                .toList();
        return of(edges, labels, whole, 0);
    }

    private static Bins of(List<Double> edges, List<String> labels, boolean whole, double step) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i + 1 < edges.size(); i++) {
            names.add(whole ? wholeName(edges.get(i), edges.get(i + 1)) : name(edges.get(i), edges.get(i + 1), step));
        }
        return new Bins(edges.stream().mapToDouble(Double::doubleValue).toArray(), labels, names);
    }

    private static String wholeName(double from, double to) {
        String first = Numbers.whole((long) from);
        return to - from <= 1 ? first : first + " to " + Numbers.whole((long) to - 1);
    }

    private static String name(double from, double to, double step) {
        return step == 0
                ? Numbers.decimal(from) + " to " + Numbers.decimal(to)
                : label(from, step) + " to " + label(to, step);
    }

    /** With as many decimals as tell the edges apart. */
    private static String label(double edge, double step) {
        int decimals = Math.max(0, (int) Math.ceil(-Math.log10(step) - 1e-9));
        return decimals == 0 && edge >= 10_000
                ? Label.number(edge)
                : String.format(Locale.ROOT, "%." + decimals + "f", edge);
    }

    /** 1, 2 or 5 times a power of ten. */
    private static boolean isRound(double edge) {
        double digits = edge / Math.pow(10, Math.floor(Math.log10(edge) + 1e-9));
        return List.of(1.0, 2.0, 5.0).stream().anyMatch(round -> Math.abs(digits - round) < 1e-6);
    }

    private static double last(List<Double> edges) {
        return edges.get(edges.size() - 1);
    }
}
