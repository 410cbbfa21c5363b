package io.varlen.tokenizer.internal.pretokenizer;

import io.varlen.tokenizer.internal.PieceSink;
import io.varlen.tokenizer.internal.PreTokenizer;
import io.varlen.tokenizer.internal.Utf8Text;
import io.varlen.tokenizer.internal.description.SplitBehavior;

/** Hugging Face's {@code Split}: the matches of a pattern, searched from left to right, and what lies between them. */
public final class SplitPreTokenizer implements PreTokenizer {
    private final Pattern pattern;
    private final SplitBehavior behavior;
    private final boolean invert;

    /** @param invert whether matches change roles with what lies between them */
    public SplitPreTokenizer(Pattern pattern, SplitBehavior behavior, boolean invert) {
        this.pattern = pattern;
        this.behavior = behavior;
        this.invert = invert;
    }

    @Override
    public void split(Utf8Text text, int from, int to, PieceSink sink) {
        if (behavior == SplitBehavior.ISOLATED) {
            isolate(text, from, to, sink);
        } else {
            Delimiting delimiting = new Delimiting(text, behavior, sink);
            search(text, from, to, delimiting);
            delimiting.finish();
        }
    }

    private void isolate(Utf8Text text, int from, int to, PieceSink sink) {
        byte[] utf8 = text.bytes;
        int done = from;
        int position = from;
        while (position < to) {
            int end = pattern.match(utf8, position, to);
            if (end == position) {
                position = pattern.skip(utf8, position, to);
            } else {
                if (done < position) {
                    sink.accept(text, done, position);
                }
                sink.accept(text, position, end);
                position = end;
                done = end;
            }
        }
        if (done < to) {
            sink.accept(text, done, to);
        }
    }

    private void search(Utf8Text text, int from, int to, Delimiting delimiting) {
        int done = from;
        int position = from;
        while (position < to) {
            int end = pattern.match(text.bytes, position, to);
            if (end == position) {
                position = pattern.skip(text.bytes, position, to);
            } else {
                if (done < position) {
                    delimiting.next(done, position, invert);
                }
                delimiting.next(position, end, !invert);
                position = end;
                done = end;
            }
        }
        if (done < to) {
            delimiting.next(done, to, invert);
        }
    }
}
