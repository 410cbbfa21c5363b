package io.varlen.jobs.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Rows under a header, as Markdown and as CSV. */
final class ResultTable {
    private final List<String> header;
    private final List<List<String>> rows = new ArrayList<>();

    ResultTable(String... header) {
        this.header = List.of(header);
    }

    void add(String... cells) {
        rows.add(List.of(cells));
    }

    /** Columns of equal width, so that it reads well on a screen too. */
    String markdown() {
        int[] widths = new int[header.size()];
        for (int i = 0; i < widths.length; i++) {
            int column = i;
            widths[i] = Stream.concat(Stream.of(header), rows.stream())
                    .mapToInt(row -> row.get(column).length())
                    .max()
                    .orElse(0);
        }
        List<String> dashes = header.stream().map(cell -> "").toList();
        return Stream.concat(Stream.of(header, dashes), rows.stream())
                .map(row -> line(row, widths, row == dashes ? '-' : ' '))
                .collect(Collectors.joining());
    }

    /** The first column to the left, the others to the right. */
    private static String line(List<String> row, int[] widths, char filler) {
        StringBuilder line = new StringBuilder("|");
        for (int i = 0; i < widths.length; i++) {
            String filled =
                    Character.toString(filler).repeat(widths[i] - row.get(i).length());
            line.append(filler).append(i == 0 ? row.get(i) + filled : filled + row.get(i));
            line.append(filler == '-' && i > 0 ? ':' : filler).append('|');
        }
        return line.append('\n').toString();
    }

    String csv() {
        return Stream.concat(Stream.of(header), rows.stream())
                .map(row -> row.stream().map(ResultTable::quoted).collect(Collectors.joining(",")) + "\n")
                .collect(Collectors.joining());
    }

    private static String quoted(String cell) {
        return cell.matches("[^,\"\n]*") ? cell : '"' + cell.replace("\"", "\"\"") + '"';
    }
}
