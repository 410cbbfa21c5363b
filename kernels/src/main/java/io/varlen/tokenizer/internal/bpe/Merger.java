package io.varlen.tokenizer.internal.bpe;

import java.util.Arrays;

/**
 * Merges symbols by byte-pair encoding: again and again, of all neighbours that have a merge, those of the lowest rank, and
 * among these the leftmost ones. For one thread at a time.
 */
final class Merger {
    /** Up to here, searching all pairs for the lowest rank is faster than keeping them in a heap. */
    private static final int SCAN_LIMIT = 96;

    private final MergeTable merges;

    /** For each symbol, its merge with the next one. */
    private long[] mergeAt = new long[SCAN_LIMIT];

    /** For the heap: rank and position of the merges that were possible when they were put in. */
    private long[] heap = new long[0];

    private int heapSize;
    private int[] previous = new int[0];
    private int[] next = new int[0];

    Merger(MergeTable merges) {
        this.merges = merges;
    }

    void merge(SymbolBuffer word) {
        if (mergeAt.length < word.size) {
            mergeAt = new long[Math.max(word.size, 2 * mergeAt.length)];
        }
        for (int i = 0; i + 1 < word.size; i++) {
            mergeAt[i] = merges.get(word.ids[i], word.ids[i + 1]);
        }
        if (word.size <= SCAN_LIMIT) {
            mergeByScan(word);
        } else {
            mergeByHeap(word);
        }
    }

    private void mergeByScan(SymbolBuffer word) {
        int[] ids = word.ids;
        int[] ends = word.ends;
        long[] at = mergeAt;
        int n = word.size;
        while (n > 1) {
            int best = 0;
            for (int i = 1; i < n - 1; i++) {
                if (at[i] < at[best]) {
                    best = i;
                }
            }
            if (at[best] == MergeTable.NONE) {
                break;
            }
            ids[best] = (int) at[best];
            ends[best] = ends[best + 1];
            n--;
            for (int i = best + 1; i < n; i++) {
                ids[i] = ids[i + 1];
                ends[i] = ends[i + 1];
                at[i] = at[i + 1];
            }
            if (best > 0) {
                at[best - 1] = merges.get(ids[best - 1], ids[best]);
            }
            if (best + 1 < n) {
                at[best] = merges.get(ids[best], ids[best + 1]);
            }
        }
        word.size = n;
    }

    private void mergeByHeap(SymbolBuffer word) {
        int n = word.size;
        int[] ids = word.ids;
        prepareHeap(n);
        while (heapSize > 0) {
            long top = pop();
            int i = (int) top;
            int right = next[i];
            // Stale if the symbol was merged away, or into another one, since this was put in.
            if (right >= n || mergeAt[i] == MergeTable.NONE || mergeAt[i] >>> 32 != top >>> 32) {
                continue;
            }
            ids[i] = (int) mergeAt[i];
            word.ends[i] = word.ends[right];
            mergeAt[right] = MergeTable.NONE;
            next[i] = next[right];
            if (next[i] < n) {
                previous[next[i]] = i;
            }
            update(i, n, ids);
            if (i > 0) {
                update(previous[i], n, ids);
            }
        }
        compact(word);
    }

    private void prepareHeap(int n) {
        if (next.length < n) {
            next = new int[n];
            previous = new int[n];
        }
        heapSize = 0;
        for (int i = 0; i < n; i++) {
            next[i] = i + 1;
            previous[i] = i - 1;
        }
        mergeAt[n - 1] = MergeTable.NONE;
        for (int i = 0; i + 1 < n; i++) {
            push(i);
        }
    }

    private void update(int i, int n, int[] ids) {
        mergeAt[i] = next[i] < n ? merges.get(ids[i], ids[next[i]]) : MergeTable.NONE;
        push(i);
    }

    private void compact(SymbolBuffer word) {
        int kept = 0;
        for (int i = 0; i < word.size; i = next[i]) {
            word.ids[kept] = word.ids[i];
            word.ends[kept++] = word.ends[i];
        }
        word.size = kept;
    }

    private void push(int position) {
        if (mergeAt[position] == MergeTable.NONE) {
            return;
        }
        if (heapSize == heap.length) {
            heap = Arrays.copyOf(heap, Math.max(256, 2 * heapSize));
        }
        long entry = mergeAt[position] & 0xFFFFFFFF00000000L | position;
        int child = heapSize++;
        while (child > 0) {
            int parent = (child - 1) >>> 1;
            if (heap[parent] <= entry) {
                break;
            }
            heap[child] = heap[parent];
            child = parent;
        }
        heap[child] = entry;
    }

    private long pop() {
        long top = heap[0];
        long last = heap[--heapSize];
        int parent = 0;
        for (int child = 1; child < heapSize; child = 2 * parent + 1) {
            if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
                child++;
            }
            if (last <= heap[child]) {
                break;
            }
            heap[parent] = heap[child];
            parent = child;
        }
        heap[parent] = last;
        return top;
    }
}
