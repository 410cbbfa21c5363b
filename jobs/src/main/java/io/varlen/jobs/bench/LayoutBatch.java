package io.varlen.jobs.bench;

import io.varlen.sequence.CuSeqlens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Some documents laid out for one forward pass.
 *
 * @param documents which ones, in their order
 * @param ids one per slot; 0 in padding
 * @param slots where each document's slots start and end, padding included
 * @param tokens where each document starts and ends once padding is left out
 */
record LayoutBatch(int[] documents, int[] ids, CuSeqlens slots, CuSeqlens tokens) {

    /** Each document padded to the longest. */
    static LayoutBatch padded(BenchmarkDocuments all, List<Integer> documents) {
        int[] lengths = lengths(all, documents);
        int[] padded = new int[lengths.length];
        Arrays.fill(padded, Arrays.stream(lengths).max().orElse(0));
        return of(all, documents, CuSeqlens.ofLengths(padded), CuSeqlens.ofLengths(lengths));
    }

    /** The documents end to end. */
    static LayoutBatch packed(BenchmarkDocuments all, List<Integer> documents) {
        CuSeqlens tokens = CuSeqlens.ofLengths(lengths(all, documents));
        return of(all, documents, tokens, tokens);
    }

    private static LayoutBatch of(BenchmarkDocuments all, List<Integer> documents, CuSeqlens slots, CuSeqlens tokens) {
        int[] ids = new int[slots.total()];
        for (int i = 0; i < documents.size(); i++) {
            int[] document = all.ids().get(documents.get(i));
            System.arraycopy(document, 0, ids, slots.start(i), document.length);
        }
        int[] which = documents.stream().mapToInt(Integer::intValue).toArray();
        return new LayoutBatch(which, ids, slots, tokens);
    }

    private static int[] lengths(BenchmarkDocuments all, List<Integer> documents) {
        return documents.stream()
                .mapToInt(document -> all.ids().get(document).length)
                .toArray();
    }

    /** Per token, its slot: flash-attention's {@code indices}. */
    int[] indices() {
        int[] indices = new int[tokens.total()];
        for (int i = 0; i < documents.length; i++) {
            for (int t = 0; t < tokens.length(i); t++) {
                indices[tokens.start(i) + t] = slots.start(i) + t;
            }
        }
        return indices;
    }

    /** Per slot, its token; in padding any token, for nobody looks there. */
    int[] tokenOfSlot() {
        int[] token = new int[slots.total()];
        int[] indices = indices();
        for (int t = 0; t < indices.length; t++) {
            token[indices[t]] = t;
        }
        return token;
    }

    /** Cuts a list into parts of {@code size}. */
    static <T> List<List<T>> parts(List<T> list, int size) {
        List<List<T>> parts = new ArrayList<>();
        for (int from = 0; from < list.size(); from += size) {
            parts.add(list.subList(from, Math.min(list.size(), from + size)));
        }
        return parts;
    }
}
