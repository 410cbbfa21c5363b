package io.varlen.sequence;

import java.util.Arrays;

/**
 * Cumulative sequence lengths: the boundaries of {@code count()} sequences laid end to end in one packed axis of {@code
 * total()} tokens.
 *
 * <p>The representation is flash-attention's: {@code count() + 1} int32 offsets {@code [0, …, total]} that never
 * decrease. Zero-length sequences are legal anywhere. Immutable.
 */
public final class CuSeqlens {
    private final int[] offsets;

    private CuSeqlens(int[] offsets) {
        this.offsets = offsets;
    }

    /**
     * From the lengths of the sequences.
     *
     * @throws IllegalArgumentException if a length is negative or the total exceeds {@link Integer#MAX_VALUE}
     */
    public static CuSeqlens ofLengths(int... lengths) {
        int[] offsets = new int[lengths.length + 1];
        for (int i = 0; i < lengths.length; i++) {
            if (lengths[i] < 0) {
                throw new IllegalArgumentException("length " + lengths[i] + " of sequence " + i + " is negative");
            }
            long end = (long) offsets[i] + lengths[i];
            if (end > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(
                        "sequences 0.." + i + " hold " + end + " tokens; cu_seqlens are int32");
            }
            offsets[i + 1] = (int) end;
        }
        return new CuSeqlens(offsets);
    }

    /**
     * From the offsets themselves; the array is copied.
     *
     * @throws IllegalArgumentException if the offsets are empty, do not start at 0, or decrease
     */
    public static CuSeqlens ofOffsets(int... offsets) {
        if (offsets.length == 0 || offsets[0] != 0) {
            throw new IllegalArgumentException("cu_seqlens start with 0, got " + Arrays.toString(head(offsets)));
        }
        for (int i = 1; i < offsets.length; i++) {
            if (offsets[i] < offsets[i - 1]) {
                throw new IllegalArgumentException(
                        "cu_seqlens decrease from " + offsets[i - 1] + " to " + offsets[i] + " at index " + i);
            }
        }
        return new CuSeqlens(offsets.clone());
    }

    /**
     * From position ids that restart at 0 with every sequence, as models are given for packed rows.
     *
     * @throws IllegalArgumentException if a position is neither 0 nor one more than the one before it, or the first is not 0
     */
    public static CuSeqlens ofPositionIds(int... positionIds) {
        int[] starts = new int[positionIds.length + 1];
        int count = 0;
        for (int t = 0; t < positionIds.length; t++) {
            if (positionIds[t] == 0) {
                starts[count++] = t;
            } else if (t == 0 || positionIds[t] != positionIds[t - 1] + 1) {
                throw new IllegalArgumentException("position " + positionIds[t] + " of token " + t
                        + (t == 0 ? "; the first is 0" : " follows " + positionIds[t - 1])
                        + "; positions count up from 0 in every sequence");
            }
        }
        starts[count] = positionIds.length;
        return new CuSeqlens(Arrays.copyOf(starts, count + 1));
    }

    /**
     * From the 0-based index of each token's sequence, as packed rows carry it: the inverse of {@link #segmentIds} where no
     * sequence is empty. Trailing -1 are padding, which is in no sequence.
     *
     * @throws IllegalArgumentException if an id is neither the one before it nor one more, the first is neither 0 nor -1, or
     *     another follows a -1
     */
    public static CuSeqlens ofSegmentIds(int... segmentIds) {
        int[] offsets = new int[segmentIds.length + 1];
        int count = 0;
        int total = 0;
        while (total < segmentIds.length && segmentIds[total] >= 0) {
            if (segmentIds[total] == count) {
                offsets[count++] = total;
            } else if (segmentIds[total] != count - 1) {
                throw new IllegalArgumentException("segment " + segmentIds[total] + " of token " + total
                        + (count == 0 ? "; the first is 0" : " follows segment " + (count - 1)));
            }
            total++;
        }
        for (int t = total; t < segmentIds.length; t++) {
            if (segmentIds[t] != -1) {
                throw new IllegalArgumentException("segment " + segmentIds[t] + " of token " + t
                        + (t == total ? "; it is an index, or -1 for padding" : " follows padding"));
            }
        }
        offsets[count] = total;
        return new CuSeqlens(Arrays.copyOf(offsets, count + 1));
    }

    /**
     * From token ids: a sequence ends behind each token {@code eosId}, which belongs to it, and at the last token. Where these
     * tokens are to belong to no sequence, it is {@link Unpadding#betweenEos}.
     */
    public static CuSeqlens ofEosId(int[] ids, int eosId) {
        int[] offsets = new int[ids.length + 1];
        int count = 0;
        for (int t = 0; t < ids.length; t++) {
            if (ids[t] == eosId || t == ids.length - 1) {
                offsets[++count] = t + 1;
            }
        }
        return new CuSeqlens(Arrays.copyOf(offsets, count + 1));
    }

    /** The number of sequences. */
    public int count() {
        return offsets.length - 1;
    }

    /** The tokens of all sequences together. */
    public int total() {
        return offsets[offsets.length - 1];
    }

    /** The position of sequence {@code i}'s first token. */
    public int start(int i) {
        return offsets[i];
    }

    /** The position behind sequence {@code i}'s last token. */
    public int end(int i) {
        return offsets[i + 1];
    }

    /** The tokens of sequence {@code i}. */
    public int length(int i) {
        return offsets[i + 1] - offsets[i];
    }

    /**
     * The sequence that holds a token of the packed axis.
     *
     * @throws IllegalArgumentException if there is no such token
     */
    public int sequenceOf(int token) {
        if (token < 0 || token >= total()) {
            throw new IllegalArgumentException("token " + token + " of " + total());
        }
        int from = 0;
        int to = count();
        while (to - from > 1) {
            int middle = (from + to) >>> 1;
            if (offsets[middle] <= token) {
                from = middle;
            } else {
                to = middle;
            }
        }
        return from;
    }

    /** The length of the longest sequence; 0 if there is none. */
    public int maxLength() {
        int longest = 0;
        for (int i = 0; i < count(); i++) {
            longest = Math.max(longest, length(i));
        }
        return longest;
    }

    /** The length of each sequence: xformers' {@code q_seqlen} or {@code kv_seqlen}. */
    public int[] lengths() {
        int[] lengths = new int[count()];
        Arrays.setAll(lengths, this::length);
        return lengths;
    }

    /** A copy of the {@code count() + 1} offsets. */
    public int[] toArray() {
        return offsets.clone();
    }

    /**
     * Where the sequences start and end when each is followed by padding up to a multiple of {@code multiple}: what
     * Transformer Engine calls {@code cu_seqlens_padded}. Sequence {@code i} itself is then {@code [start(i), start(i) +
     * length)} with its length from here.
     */
    public CuSeqlens paddedTo(int multiple) {
        int[] padded = new int[count()];
        for (int i = 0; i < padded.length; i++) {
            padded[i] = Math.toIntExact((length(i) + multiple - 1L) / multiple * multiple);
        }
        return ofLengths(padded);
    }

    /** Per token, its position in its own sequence: 0, 1, 2, … restarting at every boundary. */
    public int[] positionIds() {
        int[] positions = new int[total()];
        for (int i = 0; i < count(); i++) {
            for (int t = start(i); t < end(i); t++) {
                positions[t] = t - start(i);
            }
        }
        return positions;
    }

    /** Per token, the 0-based index of its sequence. */
    public int[] segmentIds() {
        int[] segments = new int[total()];
        for (int i = 0; i < count(); i++) {
            Arrays.fill(segments, start(i), end(i), i);
        }
        return segments;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CuSeqlens that && Arrays.equals(offsets, that.offsets);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(offsets);
    }

    @Override
    public String toString() {
        return count() <= 16
                ? Arrays.toString(offsets)
                : Arrays.toString(head(offsets)).replace("]", ", … " + total() + "]");
    }

    private static int[] head(int[] offsets) {
        return Arrays.copyOf(offsets, Math.min(offsets.length, 8));
    }
}
