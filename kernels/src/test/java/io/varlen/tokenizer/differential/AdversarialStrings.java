package io.varlen.tokenizer.differential;

import io.varlen.tokenizer.internal.unicode.Unicode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Strings of Unicode scalar values that tokenizers tend to disagree about; the same ones for the same seed on every Java. */
public final class AdversarialStrings {
    private static final String[] SPACES = {
        " ", " ", " ", "\t", "\n", "\r", "\r\n", "\n\n", "\u000B", "\f", "\u001C", "\u0085", "\u00A0", "\u1680",
        "\u180E", "\u2003", "\u200B", "\u2028", "\u2029", "\u202F", "\u205F", "\u2060", "\u3000", "\uFEFF"
    };
    private static final String[] CONTRACTIONS = {
        "'s",
        "'S",
        "'t",
        "'T",
        "'re",
        "'Re",
        "'rE",
        "'RE",
        "'ve",
        "'VE",
        "'vE",
        "'m",
        "'M",
        "'ll",
        "'LL",
        "'lL",
        "'d",
        "'D",
        "\u2019s",
        "'\u017F",
        "'\u017FT",
        "''s",
        "'",
        "'l",
        "'r",
        "'v",
        " 's",
        "I'M",
        "DON'T",
        "x'ſ",
        "'ſ"
    };
    private static final String[] EMOJI = {
        "\uD83D\uDC4D",
        "\uD83D\uDC4D\uD83C\uDFFD",
        "\uD83D\uDC69\u200D\uD83D\uDC69\u200D\uD83D\uDC67\u200D\uD83D\uDC66",
        "\uD83C\uDDE9\uD83C\uDDEA",
        "\uD83C\uDDE9",
        "\u2764\uFE0F",
        "\u2764",
        "1\uFE0F\u20E3",
        "#\u20E3",
        "\u00A9\uFE0F",
        "\u00A9\u200D\u00AE",
        "\u00A9\u200D",
        "\uD83C\uDFF4\uDB40\uDC67\uDB40\uDC62\uDB40\uDC7F",
        "\u200D",
        "\uFE0F"
    };
    private static final String[] CODE = {
        "def f(x):\n    return x",
        "if (a <= b && c != d) {",
        "}\n\n\n",
        "\t\tfor (;;)",
        "// TODO: fix",
        "/* x */",
        "foo_bar",
        "fooBar",
        "HTTPServer",
        "a->b",
        "x[i++]",
        "::",
        "=>",
        "!=",
        "<div class=\"a\">",
        "&nbsp;",
        "\\n",
        "%s",
        "${x}",
        "0xFF",
        "1e-9",
        "3.14",
        "#include <x.h>",
        "```python",
        "SELECT * FROM t;",
        "....",
        "----",
        "____",
        "$$",
        "@@"
    };
    private static final String[] EDGES = {
        "\u0000",
        "\u0001",
        "\u007F",
        "\u0080",
        "\u009F",
        "\u00AD",
        "\u0340",
        "\u0344",
        "\u0345",
        "\u034F",
        "\u0130",
        "\u0131",
        "\u017F",
        "\u01C5",
        "\u0390",
        "\u03A3",
        "\u03C2",
        "\u0600",
        "\u0958",
        "\u09DC",
        "\u0E33",
        "\u0F73",
        "\u0F81",
        "\u115F",
        "\u1160",
        "\u1E9E",
        "\u1FBE",
        "\u2126",
        "\u212A",
        "\u212B",
        "\u2260",
        "\u2581",
        "\u2581\u2581",
        "\u302A",
        "\u302E",
        "\uAC00",
        "\uAC01",
        "\uD7A3",
        "\uD7FF",
        "\uE000",
        "\uF900",
        "\uFA10",
        "\uFB00",
        "\uFB03",
        "\uFB1D",
        "\uFDFA",
        "\uFF21",
        "\uFF9E",
        "\uFFFC",
        "\uFFFD",
        "\uFFFE",
        "\uFFFF",
        "\uD800\uDC00",
        "\uD834\uDD5F",
        "\uD834\uDD6D",
        "\uD835\uDD18",
        "\uD83C\uDD6C",
        "\uD840\uDC00",
        "\uD87E\uDC00",
        "\uDB40\uDC01",
        "\uDBFF\uDFFF",
        "##",
        "##a",
        "``",
        "''",
        "<0x0A>",
        "<0xE2>",
        "<unk>",
        "[UNK]"
    };
    private static final int[][] SCRIPTS = {
        {0x20, 0x7E},
        {0xA0, 0x24F},
        {0x250, 0x2FF},
        {0x370, 0x3FF},
        {0x400, 0x52F},
        {0x530, 0x58F},
        {0x590, 0x5FF},
        {0x600, 0x6FF},
        {0x700, 0x8FF},
        {0x900, 0xDFF},
        {0xE00, 0xFFF},
        {0x1000, 0x109F},
        {0x10A0, 0x10FF},
        {0x1100, 0x11FF},
        {0x1200, 0x139F},
        {0x1780, 0x18AF},
        {0x1A00, 0x1AFF},
        {0x1B00, 0x1CFF},
        {0x1D00, 0x1FFF},
        {0x2000, 0x206F},
        {0x2070, 0x218F},
        {0x2190, 0x2BFF},
        {0x2C00, 0x2DFF},
        {0x2E00, 0x2E7F},
        {0x3000, 0x30FF},
        {0x3100, 0x33FF},
        {0x4E00, 0x9FFF},
        {0xA000, 0xABFF},
        {0xAC00, 0xD7FF},
        {0xF900, 0xFDFF},
        {0xFE00, 0xFFFF},
        {0x10000, 0x10FFF},
        {0x11000, 0x11FFF},
        {0x16000, 0x18FFF},
        {0x1B000, 0x1BCFF},
        {0x1D000, 0x1DFFF},
        {0x1E000, 0x1EFFF},
        {0x1F000, 0x1FFFF},
        {0x20000, 0x2FFFF},
        {0xE0000, 0xE01FF}
    };

    private final SplittableRandom random;
    private final List<String> fragments;
    private final List<String> words = new ArrayList<>();
    private final int[] marks;
    private final List<Supplier<String>> sources = new ArrayList<>();

    /** @param fragments of the tokenizer: its special tokens and some of its vocabulary */
    public AdversarialStrings(long seed, List<String> fragments) {
        this.random = new SplittableRandom(seed);
        this.fragments = fragments;
        for (String word : sampleTexts().split("(?<=\\s)|(?=\\s)")) {
            words.add(word);
        }
        marks = IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
                .filter(Unicode.COMBINING_MARK::contains)
                .toArray();
        addSources();
    }

    static String sampleTexts() {
        try (InputStream in = AdversarialStrings.class.getResourceAsStream("/io/varlen/tokenizer/sample_texts.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void addSources() {
        for (int i = 0; i < 4; i++) {
            sources.add(() -> one(words));
            sources.add(() -> run(8, () -> one(words)));
        }
        for (int i = 0; i < 2; i++) {
            sources.add(() -> one(fragments));
            sources.add(this::lookAlike);
            sources.add(() -> one(SPACES));
            sources.add(() -> one(CONTRACTIONS));
            sources.add(this::ofOneScript);
            sources.add(this::marked);
            sources.add(() -> one(EDGES));
        }
        sources.add(() -> run(4, () -> one(fragments)));
        sources.add(() -> run(3, () -> one(SPACES)));
        sources.add(() -> one(SPACES).repeat(1 + random.nextInt(40)));
        sources.add(() -> run(4, () -> one(EMOJI)));
        sources.add(() -> one(CODE));
        sources.add(() -> run(12, () -> of(scalar())));
        sources.add(() -> run(12, this::digit));
        sources.add(() -> run(8, () -> of('!' + random.nextInt(15))));
        sources.add(() -> of(anyOf(SCRIPTS[random.nextInt(SCRIPTS.length)])).repeat(1 + random.nextInt(100)));
        sources.add(() -> run(6, () -> of(0x1100 + random.nextInt(0x100))));
        sources.add(() -> run(6, () -> randomCase(one(words))));
        sources.add(() -> run(30, () -> of('a' + random.nextInt(26))));
        sources.add(() -> run(200, () -> of('a' + random.nextInt(4))));
    }

    /** The next string: mostly short, sometimes of some thousand characters, never with half a surrogate pair. */
    public String next() {
        int kind = random.nextInt(100);
        int chunks = kind < 40 ? 1 + random.nextInt(3) : kind < 95 ? 1 + random.nextInt(20) : random.nextInt(300);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < chunks; i++) {
            text.append(one(sources).get());
            if (random.nextInt(3) == 0) {
                text.append(' ');
            }
        }
        return text.toString();
    }

    private int scalar() {
        int c;
        do {
            c = random.nextInt(3) == 0 ? random.nextInt(0x110000) : random.nextInt(0x20000);
        } while (c >= 0xD800 && c < 0xE000);
        return c;
    }

    private String ofOneScript() {
        int[] script = SCRIPTS[random.nextInt(SCRIPTS.length)];
        return run(12, () -> of(anyOf(script)));
    }

    private int anyOf(int[] script) {
        int c = script[0] + random.nextInt(script[1] - script[0] + 1);
        return c >= 0xD800 && c < 0xE000 ? script[0] : c;
    }

    private String marked() {
        String base = random.nextInt(3) == 0 ? of(scalar()) : one(words);
        return base
                + run(
                        6,
                        () -> of(
                                random.nextInt(3) == 0
                                        ? 0x300 + random.nextInt(0x70)
                                        : marks[random.nextInt(marks.length)]));
    }

    private String digit() {
        int[] zeros = {'0', '0', '0', 0x660, 0x966, 0xFF10, 0x1D7CE};
        return random.nextInt(8) == 0
                ? one(new String[] {"²", "½", "Ⅳ", ",", ".", "①", "৴", "十"})
                : of(zeros[random.nextInt(zeros.length)] + random.nextInt(10));
    }

    /** A fragment with something wrong with it. */
    private String lookAlike() {
        String fragment = one(fragments);
        int cut = fragment.isEmpty()
                ? 0
                : fragment.offsetByCodePoints(0, random.nextInt(fragment.codePointCount(0, fragment.length())));
        return switch (random.nextInt(6)) {
            case 0 -> fragment.substring(0, cut);
            case 1 -> fragment.substring(cut);
            case 2 -> fragment.substring(0, cut) + " " + fragment.substring(cut);
            case 3 -> randomCase(fragment);
            case 4 -> "  " + fragment + " \n ";
            default -> one(words) + fragment + fragment + one(words);
        };
    }

    private String randomCase(String text) {
        StringBuilder cased = new StringBuilder();
        text.codePoints().forEach(c -> {
            // beyond, Java versions differ
            boolean hasCase = c < 0x530;
            int other = random.nextBoolean() ? Character.toUpperCase(c) : Character.toLowerCase(c);
            cased.appendCodePoint(random.nextBoolean() && hasCase ? other : c);
        });
        return cased.toString();
    }

    private String run(int longest, Supplier<String> source) {
        StringBuilder text = new StringBuilder();
        for (int i = 1 + random.nextInt(longest); i > 0; i--) {
            text.append(source.get());
        }
        return text.toString();
    }

    private static String of(int codePoint) {
        return Character.toString(codePoint);
    }

    private <T> T one(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private String one(String[] array) {
        return array[random.nextInt(array.length)];
    }
}
