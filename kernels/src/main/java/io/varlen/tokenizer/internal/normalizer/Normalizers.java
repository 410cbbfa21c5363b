package io.varlen.tokenizer.internal.normalizer;

import io.varlen.tokenizer.internal.Normalizer;
import io.varlen.tokenizer.internal.description.NormalizerSpec;
import io.varlen.tokenizer.internal.description.PatternSpec;
import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import io.varlen.tokenizer.internal.unicode.CodePointBuffer;
import io.varlen.tokenizer.internal.unicode.CodePointMap;
import io.varlen.tokenizer.internal.unicode.Normalization;
import io.varlen.tokenizer.internal.unicode.Unicode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Makes normalizers from their descriptions. */
public final class Normalizers {
    /** SentencePiece squeezes runs of spaces; this is how its converted files say so. */
    private static final String RUN_OF_SPACES = " {2,}";

    private Normalizers() {}

    /**
     * Makes a normalizer.
     *
     * @param spec null for none
     * @return null if nothing is to be normalized
     * @throws UnsupportedConstructException if a part is not known
     */
    public static Normalizer of(NormalizerSpec spec) {
        List<NormalizerSpec> steps = new ArrayList<>();
        flatten(spec, steps);
        return switch (steps.size()) {
            case 0 -> null;
            case 1 -> ofStep(steps.get(0));
            default ->
                new SequenceNormalizer(steps.stream().map(Normalizers::ofStep).toList());
        };
    }

    /**
     * Whether the library may take the first character of normalized text not to stem from the first one of the source: if
     * normalizing can drop that, or replaces it together with the next.
     *
     * @param spec null for none
     */
    public static boolean mayMoveStart(NormalizerSpec spec) {
        List<NormalizerSpec> steps = new ArrayList<>();
        flatten(spec, steps);
        for (int i = 0; i < steps.size(); i++) {
            boolean last = i + 1 == steps.size();
            if (mayMoveStart(steps.get(i), last)) {
                return true;
            }
        }
        return false;
    }

    private static boolean mayMoveStart(NormalizerSpec step, boolean last) {
        if (step instanceof NormalizerSpec.Replace replace) {
            String pattern = replace.pattern().text();
            // a text that begins with a space is not asked where it begins
            boolean staysSpace =
                    last && pattern.equals(RUN_OF_SPACES) && replace.content().matches("[ \u2581]");
            return !staysSpace && (replace.content().isEmpty() || pattern.codePointCount(0, pattern.length()) > 1);
        }
        return step instanceof NormalizerSpec.Strip strip && strip.left()
                || step instanceof NormalizerSpec.Bert
                || step instanceof NormalizerSpec.StripAccents
                || step instanceof NormalizerSpec.Nmt;
    }

    private static void flatten(NormalizerSpec spec, List<NormalizerSpec> steps) {
        if (spec instanceof NormalizerSpec.Sequence sequence) {
            sequence.normalizers().forEach(step -> flatten(step, steps));
        } else if (spec != null) {
            steps.add(spec);
        }
    }

    private static Normalizer ofStep(NormalizerSpec spec) {
        if (spec instanceof NormalizerSpec.Unicode unicode) {
            return new UnicodeNormalizer(Normalization.valueOf(unicode.form().name()));
        }
        if (spec instanceof NormalizerSpec.Bert bert) {
            return BertNormalizer.of(bert);
        }
        if (spec instanceof NormalizerSpec.Lowercase) {
            return new CodePointNormalizer(Unicode.LOWERCASE);
        }
        if (spec instanceof NormalizerSpec.StripAccents) {
            return new CodePointNormalizer(CodePointMap.of(Normalizers::withoutMarks));
        }
        if (spec instanceof NormalizerSpec.Nmt) {
            return new CodePointNormalizer(CodePointMap.of(Normalizers::nmt));
        }
        if (spec instanceof NormalizerSpec.Strip strip) {
            return new StripNormalizer(strip.left(), strip.right());
        }
        if (spec instanceof NormalizerSpec.Precompiled precompiled) {
            return new PrecompiledNormalizer(new Charsmap(precompiled.charsMap()));
        }
        if (spec instanceof NormalizerSpec.Replace replace) {
            return replace(replace.pattern(), replace.content());
        }
        if (spec instanceof NormalizerSpec.Prepend prepend && !prepend.prepend().isEmpty()) {
            return new PrependNormalizer(prepend.prepend());
        }
        boolean nothing = spec instanceof NormalizerSpec.Prepend; // which makes the library repeat characters
        throw new UnsupportedConstructException(
                "normalizer " + spec.getClass().getSimpleName() + (nothing ? " of nothing" : ""));
    }

    private static Normalizer replace(PatternSpec pattern, String content) {
        if (pattern.regex() && pattern.text().equals(RUN_OF_SPACES)) {
            return ReplaceNormalizer.ofRuns(' ', 2, content);
        }
        if (pattern.regex() || pattern.text().isEmpty()) {
            throw new UnsupportedConstructException(
                    "normalizer Replace of " + (pattern.regex() ? "the expression " : "") + "'" + pattern.text() + "'");
        }
        return new ReplaceNormalizer(pattern.text().getBytes(StandardCharsets.UTF_8), content);
    }

    private static void withoutMarks(int c, CodePointBuffer out) {
        if (!Unicode.COMBINING_MARK.contains(c)) {
            out.add(c);
        }
    }

    /** Hugging Face's {@code Nmt}: drops some control characters and makes others, and what is white space, a space. */
    private static void nmt(int c, CodePointBuffer out) {
        switch (c) {
            case 0x1, 0x2, 0x3, 0x4, 0x5, 0x6, 0x7, 0x8, 0xB, 0x7F, 0x8F, 0x9F -> {}
            case 0x9,
                    0xA,
                    0xC,
                    0xD,
                    0x1680,
                    0x200B,
                    0x200C,
                    0x200D,
                    0x200E,
                    0x200F,
                    0x2028,
                    0x2029,
                    0x2581,
                    0xFEFF,
                    0xFFFD -> out.add(' ');
            default -> {
                if (c < 0xE || c > 0x1F) {
                    out.add(c);
                }
            }
        }
    }
}
