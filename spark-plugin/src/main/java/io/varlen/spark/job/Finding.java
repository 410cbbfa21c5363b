package io.varlen.spark.job;

import java.io.Serializable;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One thing that is wrong with a packed dataset.
 *
 * @param part the data file; null where the dataset as a whole is concerned
 * @param index the row's index in the part; null where the part as a whole is concerned
 * @param rowId the row's own id; null if it has none
 * @param column the damaged column; null where none stands out
 * @param problem what is wrong
 */
public record Finding(String part, Long index, Long rowId, String column, String problem)
        implements Serializable, Comparable<Finding> {

    /** Rows first, by place; then parts; then the whole. */
    private static final Comparator<Finding> ORDER = Comparator.comparing((Finding finding) -> finding.index == null)
            .thenComparing(Finding::part, Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparing(Finding::index, Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparing(Finding::column, Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparing(Finding::problem);

    @Override
    public int compareTo(Finding other) {
        return ORDER.compare(this, other);
    }

    /** The finding as figures. */
    public Map<String, Object> figures() {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("row_id", rowId);
        figures.put("part", part);
        figures.put("index", index);
        figures.put("column", column);
        figures.put("problem", problem);
        return figures;
    }

    /** One line: where, then what. */
    @Override
    public String toString() {
        StringBuilder line = new StringBuilder();
        if (index != null) {
            line.append(rowId == null ? "row without row_id" : "row " + rowId)
                    .append(" (")
                    .append(part)
                    .append(", index ")
                    .append(index)
                    .append("): ");
        } else if (part != null) {
            line.append(part).append(": ");
        }
        return line.append(column == null ? "" : column + " ").append(problem).toString();
    }
}
