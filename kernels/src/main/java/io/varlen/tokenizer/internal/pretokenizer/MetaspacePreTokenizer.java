package io.varlen.tokenizer.internal.pretokenizer;

import io.varlen.tokenizer.internal.PieceSink;
import io.varlen.tokenizer.internal.PreTokenizer;
import io.varlen.tokenizer.internal.Utf8Text;
import io.varlen.tokenizer.internal.description.PreTokenizerSpec;
import io.varlen.tokenizer.internal.description.PreTokenizerSpec.PrependScheme;
import io.varlen.tokenizer.internal.unicode.Unicode;
import io.varlen.tokenizer.internal.unicode.Utf8;

/**
 * Hugging Face's {@code Metaspace}: replaces each space by a visible character such as U+2581, puts one before the text if
 * none stands there, and begins a piece at each.
 */
final class MetaspacePreTokenizer implements PreTokenizer {
    private final int mark;
    private final PrependScheme prepend;
    private final boolean split;
    private final boolean words;
    private final byte markLead;

    /** @param words whether to treat each word of {@code WhitespaceSplit} as a text, which saves making the words first */
    MetaspacePreTokenizer(PreTokenizerSpec.Metaspace spec, boolean words) {
        this.words = words;
        mark = spec.replacement();
        prepend = spec.prependScheme();
        split = spec.split();
        byte[] utf8 = new byte[4];
        Utf8.put(mark, utf8, 0);
        markLead = utf8[0];
    }

    @Override
    public void split(Utf8Text text, int from, int to, PieceSink sink) {
        Utf8Text marked = text.derive();
        if (words) {
            splitWords(text, from, to, marked, sink);
        } else if (from < to) {
            mark(text, from, to, marked);
            pass(marked, sink);
        }
    }

    private void splitWords(Utf8Text text, int from, int to, Utf8Text marked, PieceSink sink) {
        byte[] utf8 = text.bytes;
        int start = from;
        for (int at = from; at < to; ) {
            int next = at + Utf8.lengthAt(utf8, at);
            if (utf8[at] <= ' ' && Unicode.WHITE_SPACE.contains(Utf8.codePointAt(utf8, at))) {
                passWord(text, start, at, marked, sink);
                start = next;
            }
            at = next;
        }
        passWord(text, start, to, marked, sink);
    }

    private void passWord(Utf8Text text, int from, int to, Utf8Text marked, PieceSink sink) {
        if (from < to) {
            marked.clear();
            mark(text, from, to, marked);
            pass(marked, sink);
        }
    }

    /** Appends {@code text[from, to)} with marks for spaces to {@code marked}. */
    private void mark(Utf8Text text, int from, int to, Utf8Text marked) {
        boolean prefixed = text.bytes[from] == ' ' || Utf8.codePointAt(text.bytes, from) == mark;
        if (!prefixed && prepends(text, from)) {
            marked.append(mark, text, from, from);
        }
        int start = from;
        for (int at = from; at < to; at++) {
            if (text.bytes[at] == ' ') {
                marked.copy(text, start, at);
                marked.append(mark, text, at, at + 1);
                start = at + 1;
            }
        }
        marked.copy(text, start, to);
    }

    private boolean prepends(Utf8Text text, int from) {
        return switch (prepend) {
            case ALWAYS -> true;
            case FIRST -> from == text.start && text.atSourceStart;
            case NEVER -> false;
        };
    }

    private void pass(Utf8Text marked, PieceSink sink) {
        int start = marked.start;
        if (split) {
            byte[] utf8 = marked.bytes;
            for (int at = start + 1; at < marked.end; at++) {
                if (utf8[at] == markLead && Utf8.codePointAt(utf8, at) == mark) {
                    sink.accept(marked, start, at);
                    start = at;
                }
            }
        }
        if (start < marked.end) {
            sink.accept(marked, start, marked.end);
        }
    }
}
