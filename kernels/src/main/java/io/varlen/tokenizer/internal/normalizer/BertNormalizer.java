package io.varlen.tokenizer.internal.normalizer;

import io.varlen.tokenizer.internal.description.NormalizerSpec;
import io.varlen.tokenizer.internal.unicode.CodePointBuffer;
import io.varlen.tokenizer.internal.unicode.CodePointMap;
import io.varlen.tokenizer.internal.unicode.CodePointSet;
import io.varlen.tokenizer.internal.unicode.Normalization;
import io.varlen.tokenizer.internal.unicode.Unicode;
import io.varlen.tokenizer.internal.unicode.Utf8;

/**
 * Hugging Face's {@code BertNormalizer}. In this order: removes NUL, U+FFFD and control characters and makes white space a
 * space; puts spaces around CJK ideographs; decomposes canonically and removes nonspacing marks; lower-cases.
 *
 * <p>All of that works code point by code point, except where decomposition leaves marks that are not removed (they are few,
 * and of category Mc): canonical ordering may exchange those with their neighbours.
 */
public final class BertNormalizer extends CodePointNormalizer {
    private static final int[] CJK_IDEOGRAPHS = {
        0x3400, 0x4DBF, 0x4E00, 0x9FFF, 0xF900, 0xFAFF, 0x20000, 0x2A6DF, 0x2A700, 0x2B81F, 0x2B920, 0x2CEAF, 0x2F800,
        0x2FA1F
    };
    private static final CodePointSet CJK = CodePointSet.ofRanges(CJK_IDEOGRAPHS);

    private final Steps steps;
    private final CodePointSet ordered;

    private BertNormalizer(Steps steps, CodePointSet ordered) {
        super(CodePointMap.of((c, out) -> {
            if (ordered.contains(c)) {
                out.add(c).add(c); // a code point that changes: rewrite() says how
            } else {
                steps.apply(c, out);
            }
        }));
        this.steps = steps;
        this.ordered = ordered;
    }

    public static BertNormalizer of(NormalizerSpec.Bert spec) {
        boolean stripAccents = spec.stripAccents() == null ? spec.lowercase() : spec.stripAccents();
        Steps steps = new Steps(spec.cleanText(), spec.handleChineseChars(), stripAccents, spec.lowercase());
        return new BertNormalizer(steps, new CodePointSet(c -> stripAccents && steps.leavesMark(c)));
    }

    @Override
    int rewrite(byte[] utf8, int at, int to, CodePointBuffer out) {
        if (!ordered.contains(Utf8.codePointAt(utf8, at))) {
            return super.rewrite(utf8, at, to, out);
        }
        CodePointBuffer piece = new CodePointBuffer();
        int end = at;
        do {
            int c = Utf8.codePointAt(utf8, end);
            if (!steps.removes(c)) {
                piece.add(c);
            }
            end += Utf8.lengthAt(utf8, end);
        } while (end < to && continues(Utf8.codePointAt(utf8, end)));
        steps.normalize(piece, out);
        return end;
    }

    private boolean continues(int codePoint) {
        return steps.removes(codePoint) || !Normalization.NFD.startsPiece(codePoint);
    }

    /** What the normalizer does, to one code point and to a piece of text. */
    private record Steps(boolean cleanText, boolean spaceCjk, boolean stripAccents, boolean lowercase) {
        void apply(int c, CodePointBuffer out) {
            if (removes(c)) {
                return;
            }
            if (cleanText && Unicode.WHITE_SPACE.contains(c)) {
                out.add(' ');
            } else if (spaceCjk && CJK.contains(c)) {
                out.add(' ');
                normalize(new CodePointBuffer().add(c), out);
                out.add(' ');
            } else {
                normalize(new CodePointBuffer().add(c), out);
            }
        }

        boolean removes(int c) {
            return cleanText && (c == 0 || c == 0xFFFD || Unicode.OTHER.contains(c));
        }

        /** Whether a mark remains of {@code c} that ordering could move. */
        boolean leavesMark(int c) {
            CodePointBuffer decomposed = new CodePointBuffer();
            Normalization.NFD.normalize(new CodePointBuffer().add(c), decomposed);
            for (int i = 0; i < decomposed.size(); i++) {
                int part = decomposed.get(i);
                if (!Normalization.NFD.startsPiece(part) && !Unicode.NONSPACING_MARK.contains(part)) {
                    return true;
                }
            }
            return false;
        }

        /** The last two steps. */
        void normalize(CodePointBuffer piece, CodePointBuffer out) {
            CodePointBuffer stripped = piece;
            if (stripAccents) {
                CodePointBuffer decomposed = new CodePointBuffer();
                Normalization.NFD.normalize(piece, decomposed);
                stripped = new CodePointBuffer();
                for (int i = 0; i < decomposed.size(); i++) {
                    if (!Unicode.NONSPACING_MARK.contains(decomposed.get(i))) {
                        stripped.add(decomposed.get(i));
                    }
                }
            }
            for (int i = 0; i < stripped.size(); i++) {
                if (lowercase) {
                    Unicode.LOWERCASE.append(stripped.get(i), out);
                } else {
                    out.add(stripped.get(i));
                }
            }
        }
    }
}
