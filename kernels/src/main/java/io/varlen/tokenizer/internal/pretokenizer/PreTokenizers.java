package io.varlen.tokenizer.internal.pretokenizer;

import static io.varlen.tokenizer.internal.pretokenizer.CharClasses.NUMBER;

import io.varlen.tokenizer.internal.PreTokenizer;
import io.varlen.tokenizer.internal.description.PreTokenizerSpec;
import io.varlen.tokenizer.internal.description.SplitBehavior;
import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import io.varlen.tokenizer.internal.unicode.Unicode;
import java.util.ArrayList;
import java.util.List;

/** Makes pre-tokenizers from their descriptions. */
public final class PreTokenizers {
    /** One piece, unless the text is empty. */
    public static final PreTokenizer WHOLE = (text, from, to, sink) -> {
        if (from < to) {
            sink.accept(text, from, to);
        }
    };

    private PreTokenizers() {}

    /**
     * Makes a pre-tokenizer. The characters that {@code ByteLevel} writes for bytes are left to the model, so nothing may
     * follow it.
     *
     * @param spec null for none
     * @throws UnsupportedConstructException if a part is not known
     */
    public static PreTokenizer of(PreTokenizerSpec spec) {
        List<PreTokenizerSpec> parts = new ArrayList<>();
        flatten(spec, parts);
        PreTokenizer all = null;
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i) instanceof PreTokenizerSpec.ByteLevel && i + 1 < parts.size()) {
                throw new UnsupportedConstructException("pre_tokenizer ByteLevel before another");
            }
            PreTokenizer part = parts.get(i) instanceof PreTokenizerSpec.Metaspace metaspace
                    ? metaspace(metaspace, i == 0 ? null : parts.get(i - 1))
                    : ofPart(parts.get(i));
            boolean wordsForMetaspace = parts.get(i) instanceof PreTokenizerSpec.WhitespaceSplit
                    && i + 1 < parts.size()
                    && parts.get(i + 1) instanceof PreTokenizerSpec.Metaspace;
            if (!wordsForMetaspace) {
                all = all == null ? part : part == WHOLE ? all : new SequencePreTokenizer(all, part);
            }
        }
        return all == null ? WHOLE : all;
    }

    /** Whether the pieces of {@code spec} go to the model in the characters that {@code ByteLevel} writes for bytes. */
    public static boolean isByteLevel(PreTokenizerSpec spec) {
        List<PreTokenizerSpec> parts = new ArrayList<>();
        flatten(spec, parts);
        return parts.stream().anyMatch(PreTokenizerSpec.ByteLevel.class::isInstance);
    }

    /** Whether it matters to {@code spec} whether a text begins where its source begins. */
    public static boolean asksForStart(PreTokenizerSpec spec) {
        List<PreTokenizerSpec> parts = new ArrayList<>();
        flatten(spec, parts);
        return parts.stream()
                .anyMatch(part -> part instanceof PreTokenizerSpec.Metaspace metaspace
                        && metaspace.prependScheme() == PreTokenizerSpec.PrependScheme.FIRST);
    }

    private static void flatten(PreTokenizerSpec spec, List<PreTokenizerSpec> parts) {
        if (spec instanceof PreTokenizerSpec.Sequence sequence) {
            sequence.preTokenizers().forEach(part -> flatten(part, parts));
        } else if (spec != null) {
            parts.add(spec);
        }
    }

    private static PreTokenizer ofPart(PreTokenizerSpec spec) {
        if (spec instanceof PreTokenizerSpec.ByteLevel byteLevel) {
            return byteLevel(byteLevel);
        }
        if (spec instanceof PreTokenizerSpec.Split split) {
            return new SplitPreTokenizer(Patterns.of(split.pattern()), split.behavior(), split.invert());
        }
        if (spec instanceof PreTokenizerSpec.Bert) {
            return new BertPreTokenizer();
        }
        if (spec instanceof PreTokenizerSpec.WhitespaceSplit) {
            Pattern space = new RunPattern(Unicode.WHITE_SPACE::contains, 1);
            return new SplitPreTokenizer(space, SplitBehavior.REMOVED, false);
        }
        if (spec instanceof PreTokenizerSpec.Punctuation punctuation) {
            Pattern mark = new RunPattern(Unicode.PUNCTUATION::contains, 1);
            return new SplitPreTokenizer(mark, punctuation.behavior(), false);
        }
        if (spec instanceof PreTokenizerSpec.Digits digits) {
            return new SplitPreTokenizer(
                    new RunPattern(PreTokenizers::isNumeric, 1),
                    digits.individual() ? SplitBehavior.ISOLATED : SplitBehavior.CONTIGUOUS,
                    false);
        }
        throw new UnsupportedConstructException(
                "pre_tokenizer " + spec.getClass().getSimpleName());
    }

    /** @param previous the pre-tokenizer before it; if that makes words, these are left to this one */
    private static PreTokenizer metaspace(PreTokenizerSpec.Metaspace spec, PreTokenizerSpec previous) {
        boolean first = spec.prependScheme() == PreTokenizerSpec.PrependScheme.FIRST;
        if (first && (previous != null || spec.replacement() != '\u2581')) {
            throw new UnsupportedConstructException("pre_tokenizer Metaspace with prepend_scheme first "
                    + (previous != null ? "behind another" : "and another replacement than U+2581"));
        }
        return new MetaspacePreTokenizer(spec, previous instanceof PreTokenizerSpec.WhitespaceSplit);
    }

    private static PreTokenizer byteLevel(PreTokenizerSpec.ByteLevel spec) {
        PreTokenizer split =
                spec.useRegex() ? new SplitPreTokenizer(Patterns.gpt2(), SplitBehavior.ISOLATED, false) : WHOLE;
        if (!spec.addPrefixSpace()) {
            return split;
        }
        PreTokenizer prefix = new PrefixSpacePreTokenizer();
        return split == WHOLE ? prefix : new SequencePreTokenizer(prefix, split);
    }

    /** Rust's {@code char::is_numeric}, which knows the numbers of Unicode 17. */
    private static boolean isNumeric(int codePoint) {
        return (CharClasses.of(codePoint) & NUMBER) != 0
                || codePoint >= 0x11DE0 && codePoint <= 0x11DE9
                || codePoint >= 0x16FF4 && codePoint <= 0x16FF6;
    }
}
