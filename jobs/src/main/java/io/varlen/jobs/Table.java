package io.varlen.jobs;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Aligned lines of label, value and remark. */
final class Table {
    private record Line(String label, String value, String remark) {}

    private final List<Line> lines = new ArrayList<>();

    /** A whole number in groups of three digits. */
    static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    Table add(String label, String value, String remark) {
        lines.add(new Line(label, value, remark));
        return this;
    }

    @Override
    public String toString() {
        int labels = lines.stream().mapToInt(line -> line.label.length()).max().orElse(0);
        int values = lines.stream()
                .filter(line -> !line.remark.isEmpty())
                .mapToInt(line -> line.value.length())
                .max()
                .orElse(0);
        StringBuilder text = new StringBuilder();
        for (Line line : lines) {
            String cell = line.remark.isEmpty()
                    ? line.value
                    : " ".repeat(values - line.value.length()) + line.value + "  " + line.remark;
            text.append("  ").append(line.label).append(" ".repeat(labels - line.label.length() + 2));
            text.append(cell).append('\n');
        }
        return text.toString();
    }
}
