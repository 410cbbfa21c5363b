package io.varlen.tokenizer.internal.unicode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GraphemeClustersTest {
    /** Unicode escapes; the bar is a boundary. */
    @ParameterizedTest
    @CsvSource({
        "a|b",
        "\\r\\n|\\n",
        "e\\u0301|x",
        "\\u0001|\\u0301",
        "\\u0600a|b",
        "\\u1100\\u1161\\u11A8|\\u1100",
        "\\uAC00\\u11A8|\\uAC01|\\u1161",
        "\\uAC01\\u11A8",
        "\\u0915\\u094D\\u0915|\\u0915",
        "\\u0915\\u094D\\u200D\\u0915",
        "\\uD83D\\uDC69\\u200D\\uD83D\\uDC67|\\uD83D\\uDC67",
        "\\u00A9\\u0301\\u200D\\u00AE",
        "\\u00A9\\u200D\\u200D|\\u00AE",
    })
    void clustersEndWhereUnicodeSaysSo(String escaped) {
        String marked = Pattern.compile("\\\\u(....)")
                .matcher(escaped.replace("\\r", "\r").replace("\\n", "\n"))
                .replaceAll(match -> Character.toString(Integer.parseInt(match.group(1), 16)));
        List<String> clusters = new ArrayList<>();
        byte[] utf8 = marked.replace("|", "").getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at < utf8.length; ) {
            int end = GraphemeClusters.endOf(utf8, at, utf8.length);
            clusters.add(new String(utf8, at, end - at, StandardCharsets.UTF_8));
            at = end;
        }
        assertThat(clusters).containsExactly(marked.split("\\|"));
    }

    @Test
    void everyCodePointIsAClusterOfItsOwnAtTheEnd() {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            if (c < 0xD800 || c >= 0xE000) {
                byte[] utf8 = Character.toString(c).getBytes(StandardCharsets.UTF_8);
                assertThat(GraphemeClusters.endOf(utf8, 0, utf8.length)).isEqualTo(utf8.length);
            }
        }
    }
}
