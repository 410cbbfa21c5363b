package io.varlen.tokenizer.internal.added;

import static org.assertj.core.api.Assertions.assertThat;

import io.varlen.tokenizer.internal.Utf8Text;
import io.varlen.tokenizer.internal.description.AddedTokenSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Expected parts in brackets are added tokens; they are what Hugging Face's tokenizers 0.23 gives. */
class AddedTokenSplitterTest {

    @Test
    void theLeftmostAndOfTheseTheLongestCounts() {
        AddedTokenSplitter splitter = splitter(plain("<a>"), plain("<a><b>"), plain("b"), plain("a><b>cd"));
        assertThat(split(splitter, "x<a><b>cd<a>b")).containsExactly("x", "[<a><b>]", "cd", "[<a>]", "[b]");
        assertThat(split(splitter, "<a<a>")).containsExactly("<a", "[<a>]");
        assertThat(split(splitter, "<a")).containsExactly("<a");
    }

    @Test
    void whitespaceIsTakenIn() {
        AddedTokenSplitter left = splitter(new AddedTokenSpec(0, "<m>", false, true, false, false, true));
        assertThat(split(left, "a \u00A0\n<m> b")).containsExactly("a", "[ \u00A0\n<m>]", " b");
        assertThat(split(left, " <m> <m>")).containsExactly("[ <m>]", "[ <m>]");
        AddedTokenSplitter right = splitter(new AddedTokenSpec(0, "<m>", false, false, true, false, true));
        assertThat(split(right, "a <m> \u3000 b")).containsExactly("a ", "[<m> \u3000 ]", "b");
        assertThat(split(right, "<m>\u200B")).containsExactly("[<m>]", "\u200B");
    }

    /** A token of whitespace that another one took in counts as well, and what follows it too, twice. */
    @Test
    void whatWasTakenInOnTheRightIsSearchedAgain() {
        AddedTokenSplitter splitter =
                splitter(new AddedTokenSpec(0, "<m>", false, false, true, false, true), plain("\t"));
        assertThat(split(splitter, "a<m> \t  b")).containsExactly("a", "[<m> \t  ]", "[\t]", "  b");
    }

    @Test
    void aSingleWordStandsAlone() {
        AddedTokenSplitter splitter = splitter(new AddedTokenSpec(0, "don", true, false, false, false, false));
        assertThat(split(splitter, "don")).containsExactly("[don]");
        assertThat(split(splitter, "don't, don.don")).containsExactly("[don]", "'t, ", "[don]", ".", "[don]");
        for (String wordCharacter : List.of("x", "é", "中", "_", "9", "\u0301", "\u200D", "Ⅷ", "𝒳")) {
            assertThat(split(splitter, "don" + wordCharacter)).containsExactly("don" + wordCharacter);
            assertThat(split(splitter, wordCharacter + "don")).containsExactly(wordCharacter + "don");
        }
        for (String other : List.of(" ", "-", "½", "👍", "\uFEFF")) {
            assertThat(split(splitter, other + "don" + other)).containsExactly(other, "[don]", other);
        }
    }

    @Test
    void findsWhatASearchOfEveryPlaceFinds() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            AddedTokenSpec[] specs = new AddedTokenSpec[1 + random.nextInt(40)];
            Arrays.setAll(specs, k -> plain(text(random, 1 + random.nextInt(6))));
            AddedTokenSplitter splitter = splitter(specs);
            for (int k = 0; k < 20; k++) {
                String text = text(random, random.nextInt(60));
                assertThat(split(splitter, text)).as("seed %d", seed).isEqualTo(naive(text, specs));
            }
        }
    }

    private static List<String> naive(String text, AddedTokenSpec[] specs) {
        List<String> parts = new ArrayList<>();
        int done = 0;
        for (int at = 0; at < text.length(); ) {
            String longest = "";
            for (AddedTokenSpec spec : specs) {
                if (text.startsWith(spec.content(), at) && spec.content().length() > longest.length()) {
                    longest = spec.content();
                }
            }
            if (longest.isEmpty()) {
                at++;
            } else {
                if (done < at) {
                    parts.add(text.substring(done, at));
                }
                parts.add("[" + longest + "]");
                at += longest.length();
                done = at;
            }
        }
        if (done < text.length()) {
            parts.add(text.substring(done));
        }
        return parts;
    }

    private static String text(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append("aab é".charAt(random.nextInt(5)));
        }
        return text.toString();
    }

    private static AddedTokenSpec plain(String content) {
        return new AddedTokenSpec(0, content, false, false, false, false, true);
    }

    private static AddedTokenSplitter splitter(AddedTokenSpec... specs) {
        Map<byte[], Integer> numbers = new HashMap<>();
        for (int i = 0; i < specs.length; i++) {
            numbers.put(specs[i].content().getBytes(StandardCharsets.UTF_8), i);
        }
        return new AddedTokenSplitter(numbers, List.of(specs));
    }

    private static List<String> split(AddedTokenSplitter splitter, String text) {
        byte[] utf8 = ("a<" + text + ">b").getBytes(StandardCharsets.UTF_8);
        int to = utf8.length - 2;
        List<String> parts = new ArrayList<>();
        splitter.split(Utf8Text.wrap(utf8, 2, to, false), 2, to, new AddedTokenSplitter.Sink() {
            @Override
            public void text(Utf8Text part, int start, int end) {
                parts.add(new String(part.bytes, start, end - start, StandardCharsets.UTF_8));
            }

            @Override
            public void token(int id, Utf8Text part, int start, int end) {
                parts.add("[" + new String(part.bytes, start, end - start, StandardCharsets.UTF_8) + "]");
            }
        });
        return parts;
    }
}
