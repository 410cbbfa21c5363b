package io.varlen.spark.dataset;

import io.varlen.Choice;
import io.varlen.InvalidInputException;
import io.varlen.packing.PackedRow;
import io.varlen.sequence.CuSeqlens;
import java.util.Arrays;
import java.util.Locale;

/** A column that follows from the others, written where {@code --emit} names it. Each is as long as {@code input_ids}. */
public enum DerivedColumn {
    /** Positions restart at 0 with each segment and with the first pad. */
    POSITION_IDS {
        @Override
        public int[] of(PackedRow row) {
            return positionIds(row.cuSeqlens(), row.inputIds().length);
        }
    },
    /** The 0-based segment, -1 on pads. */
    SEGMENT_IDS {
        @Override
        public int[] of(PackedRow row) {
            return segmentIds(row.cuSeqlens(), row.inputIds().length);
        }
    },
    /** 1 on tokens, 0 on pads. */
    ATTENTION_MASK {
        @Override
        public int[] of(PackedRow row) {
            int[] mask = new int[row.inputIds().length];
            Arrays.fill(mask, 0, row.nTokens(), 1);
            return mask;
        }
    },
    /** The ids, unshifted, and -100 on pads, where {@code loss_mask} is 0, and on each segment's first token. */
    LABELS {
        @Override
        public int[] of(PackedRow row) {
            int[] labels = row.inputIds().clone();
            Arrays.fill(labels, row.nTokens(), labels.length, IGNORED);
            for (int i = 0; i < row.cuSeqlens().count(); i++) {
                labels[row.cuSeqlens().start(i)] = IGNORED;
            }
            for (int i = 0; row.lossMask() != null && i < row.nTokens(); i++) {
                labels[i] = row.lossMask()[i] == 0 ? IGNORED : labels[i];
            }
            return labels;
        }
    };

    /** The label that a loss function leaves out, by the convention of PyTorch and Hugging Face. */
    private static final int IGNORED = -100;

    /**
     * The column of that name.
     *
     * @throws InvalidInputException naming those there are
     */
    public static DerivedColumn ofName(String name) {
        return Choice.ofName("derived column", values(), DerivedColumn::columnName, name);
    }

    /** The column's name. */
    public String columnName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * {@link #POSITION_IDS} of a row of {@code length} slots.
     *
     * @throws IllegalArgumentException if the sequences do not fit
     */
    public static int[] positionIds(CuSeqlens sequences, int length) {
        requireFit(sequences, length);
        int[] positions = Arrays.copyOf(sequences.positionIds(), length);
        for (int i = sequences.total(); i < length; i++) {
            positions[i] = i - sequences.total();
        }
        return positions;
    }

    /**
     * {@link #SEGMENT_IDS} of a row of {@code length} slots.
     *
     * @throws IllegalArgumentException if the sequences do not fit
     */
    public static int[] segmentIds(CuSeqlens sequences, int length) {
        requireFit(sequences, length);
        int[] segments = Arrays.copyOf(sequences.segmentIds(), length);
        Arrays.fill(segments, sequences.total(), length, -1);
        return segments;
    }

    /** Before anything as long as the sequences is made: wrong ones may be longer than memory. */
    private static void requireFit(CuSeqlens sequences, int length) {
        if (length < sequences.total()) {
            throw new IllegalArgumentException(
                    "cu_seqlens end at " + sequences.total() + ", which is more than the length " + length);
        }
    }

    /** The column's value for a row. */
    public abstract int[] of(PackedRow row);
}
