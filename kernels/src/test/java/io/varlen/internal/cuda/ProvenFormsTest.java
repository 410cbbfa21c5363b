package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ProvenFormsTest {
    private static final String HEADER = "| form | architecture | device | date | commit |";

    @Test
    void theTableIsThatOfTheBenchmarks() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("BENCHMARKS.md"));
        assertThat(lines).contains(HEADER);
        assertThat(ProvenForms.byArchitecture()).isEqualTo(recorded(lines));
    }

    @Test
    void aRowIsRead() {
        assertThat(recorded(List.of(
                        "| no | table |",
                        HEADER,
                        "|---|---|---|---|---|",
                        "| plain | sm_90 | H100 | 2026-11-21 | abc |",
                        "| short | sm_90 | H100 | 2026-11-21 | abc |",
                        "",
                        "| other | table |")))
                .isEqualTo(Map.of("sm_90", Set.of("plain", "short")));
    }

    private static Map<String, Set<String>> recorded(List<String> lines) {
        Map<String, Set<String>> forms = new TreeMap<>();
        lines.stream()
                .dropWhile(line -> !line.equals(HEADER))
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .map(line -> line.split("\\|"))
                .forEach(cells -> forms.computeIfAbsent(cells[2].strip(), some -> new TreeSet<>())
                        .add(cells[1].strip()));
        return forms;
    }
}
