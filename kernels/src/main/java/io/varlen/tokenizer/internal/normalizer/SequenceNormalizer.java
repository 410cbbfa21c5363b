package io.varlen.tokenizer.internal.normalizer;

import io.varlen.tokenizer.internal.Normalizer;
import io.varlen.tokenizer.internal.Utf8Text;
import java.util.List;

/** One normalizer after the other. */
record SequenceNormalizer(List<Normalizer> steps) implements Normalizer {
    @Override
    public boolean keeps(byte[] utf8, int from, int to) {
        for (Normalizer step : steps) {
            if (!step.keeps(utf8, from, to)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void normalize(Utf8Text text, int from, int to, Utf8Text out) {
        Utf8Text current = text;
        int start = from;
        int end = to;
        for (Normalizer step : steps) {
            if (!step.keeps(current.bytes, start, end)) {
                Utf8Text next = current.derive();
                step.normalize(current, start, end, next);
                current = next;
                start = next.start;
                end = next.end;
            }
        }
        out.copy(current, start, end);
    }
}
