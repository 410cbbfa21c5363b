package io.varlen.tokenizer.differential;

import java.util.Arrays;
import java.util.function.Predicate;

/** Makes a failing text as short as it can be made by leaving out code points. */
final class Minimizer {
    private Minimizer() {}

    /** @param fails holds for {@code text} */
    static String minimize(String text, Predicate<String> fails) {
        int[] kept = text.codePoints().toArray();
        for (int size = Math.max(1, kept.length / 2); size >= 1; size /= 2) {
            int from = 0;
            while (from < kept.length) {
                int[] shorter = without(kept, from, Math.min(size, kept.length - from));
                if (fails.test(new String(shorter, 0, shorter.length))) {
                    kept = shorter;
                    from = Math.max(0, from - size);
                } else {
                    from += size;
                }
            }
        }
        return new String(kept, 0, kept.length);
    }

    private static int[] without(int[] codePoints, int from, int count) {
        int[] rest = Arrays.copyOf(codePoints, codePoints.length - count);
        System.arraycopy(codePoints, from + count, rest, from, rest.length - from);
        return rest;
    }
}
