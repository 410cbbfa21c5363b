package io.varlen.tokenizer.internal.pretokenizer;

import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.LETTER;
import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.MARK;
import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.NUMBER;

import io.varlen.tokenizer.internal.description.PatternSpec;
import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** The regular expressions known, by their text; a {@code \r} or {@code \n} may be written as itself or as its escape. */
public final class Patterns {
    private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String LEAD = "[^\\r\\n\\p{L}\\p{N}]?";
    private static final String CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String SPACES = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    private static final Pattern GPT2 = new Gpt2Pattern();
    private static final Map<String, Pattern> KNOWN = known();

    private Patterns() {}

    /** The expression of GPT-2, which {@code ByteLevel} splits with. */
    public static Pattern gpt2() {
        return GPT2;
    }

    /** The expression of tiktoken's cl100k_base. */
    public static Pattern cl100k() {
        return new Cl100kPattern(LETTER, 3);
    }

    /** The expression of tiktoken's o200k_base. */
    public static Pattern o200k() {
        return new O200kPattern(3, true);
    }

    /** @throws UnsupportedConstructException if the expression is not known */
    public static Pattern of(PatternSpec spec) {
        if (!spec.regex()) {
            if (spec.text().isEmpty()) {
                throw new UnsupportedConstructException("the empty string as a pattern");
            }
            return new LiteralPattern(spec.text().getBytes(StandardCharsets.UTF_8));
        }
        Pattern pattern = KNOWN.get(canonical(spec.text()));
        if (pattern == null) {
            throw new UnsupportedConstructException("the regular expression " + canonical(spec.text()));
        }
        return pattern;
    }

    private static String canonical(String expression) {
        return expression.replace("\r", "\\r").replace("\n", "\\n");
    }

    private static Map<String, Pattern> known() {
        Map<String, Pattern> known = new HashMap<>();
        known.put("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+", GPT2);
        known.put("'(?:[sdmt]|ll|ve|re)| ?\\p{L}++| ?\\p{N}++| ?[^\\s\\p{L}\\p{N}]++|\\s++$|\\s+(?!\\S)|\\s", GPT2);
        String symbols = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|";
        Pattern cl100k = cl100k();
        Pattern qwen2 = new Cl100kPattern(LETTER, 1);
        known.put(CONTRACTION + "|" + LEAD + "\\p{L}+|\\p{N}{1,3}" + symbols + SPACES, cl100k);
        known.put(CONTRACTION + "|" + LEAD + "\\p{L}+|\\p{N}" + symbols + SPACES, qwen2);
        known.put(CONTRACTION + "|" + LEAD + "\\p{L}+|\\p{N}{1}" + symbols + SPACES, qwen2);
        // as tiktoken writes it since 0.6, and the models that took it over
        String possessive = "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+";
        known.put(possessive + "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+", cl100k);
        known.put(possessive + "|\\p{N}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+", qwen2);
        known.put(
                CONTRACTION + "|" + LEAD + "[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|" + SPACES,
                new Cl100kPattern(LETTER | MARK, 1));
        String capitals = LEAD + UPPER + "*" + LOWER + "+%1$s|" + LEAD + UPPER + "+" + LOWER + "*%1$s|%2$s"
                + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" + SPACES;
        known.put(capitals.formatted(CONTRACTION + "?", "\\p{N}{1,3}"), o200k());
        known.put(capitals.formatted(CONTRACTION + "?", "\\p{N}"), new O200kPattern(1, true));
        known.put(capitals.formatted("", "\\p{N}{1,3}"), new O200kPattern(3, false));
        known.put(capitals.formatted("", "\\p{N}"), new O200kPattern(1, false));
        known.put(
                "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
                        + "| ?[\\p{P}\\p{S}]+[\\r\\n]*|" + SPACES,
                new DeepSeekPattern());
        known.put("\\p{N}", numbers(1));
        known.put("\\p{N}{1}", numbers(1));
        known.put("\\p{N}{1,3}", numbers(3));
        known.put("\\p{N}+", numbers(Integer.MAX_VALUE));
        known.put("[0-9]", new RunPattern(c -> c >= '0' && c <= '9', 1));
        known.put("[\\r\\n]", new RunPattern(c -> c == '\r' || c == '\n', 1));
        known.put(
                "[一-龥\u3040-ゟ゠-ヿ]+",
                new RunPattern(c -> c >= 0x4E00 && c <= 0x9FA5 || c >= 0x3040 && c <= 0x30FF, Integer.MAX_VALUE));
        return known;
    }

    private static Pattern numbers(int max) {
        return new RunPattern(c -> (CharClasses.of(c) & NUMBER) != 0, max);
    }
}
