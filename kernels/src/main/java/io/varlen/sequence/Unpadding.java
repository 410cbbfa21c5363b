package io.varlen.sequence;

import java.util.Arrays;

/**
 * Which tokens of padded rows {@code [rows, length]} are real, and the sequences that they make up: what flash-attention's
 * {@code bert_padding} returns as {@code indices}, {@code cu_seqlens} and {@code max_seqlen_in_batch}, under its names.
 * Padding may be left, right or between tokens. Immutable.
 */
public final class Unpadding {
    private final int rows;
    private final int length;
    private final int[] indices;
    private final CuSeqlens cuSeqlens;

    private Unpadding(int rows, int length, int[] indices, CuSeqlens cuSeqlens) {
        this.rows = rows;
        this.length = length;
        this.indices = indices;
        this.cuSeqlens = cuSeqlens;
    }

    /**
     * {@code unpad_input}: each row is one sequence, of length zero where it holds no token.
     *
     * @param attentionMask {@code [rows, length]}: 1 for a token, 0 for padding
     * @throws IllegalArgumentException if rows differ in length, or there is anything but 0 and 1
     */
    public static Unpadding ofAttentionMask(int[][] attentionMask) {
        int length = commonLength(attentionMask, "an attention mask");
        int[] indices = new int[size(attentionMask.length, length)];
        int[] lengths = new int[attentionMask.length];
        int count = 0;
        for (int row = 0; row < attentionMask.length; row++) {
            for (int column = 0; column < length; column++) {
                int bit = attentionMask[row][column];
                if ((bit & ~1) != 0) {
                    throw new IllegalArgumentException("element [" + row + ", " + column + "] of an attention mask is "
                            + bit + "; it can be 0 or 1");
                }
                if (bit == 1) {
                    indices[count++] = row * length + column;
                    lengths[row]++;
                }
            }
        }
        return new Unpadding(attentionMask.length, length, Arrays.copyOf(indices, count), CuSeqlens.ofLengths(lengths));
    }

    /**
     * {@code unpad_input_for_concatenated_sequences}: each row starts with some sequences end to end, the rest is padding.
     *
     * @param attentionMaskInLength {@code [rows, length]}: the lengths of a row's sequences; zeros stand for no sequence
     * @throws IllegalArgumentException if rows differ in length, a length is negative, or a row's sequences do not fit in it
     */
    public static Unpadding ofAttentionMaskInLength(int[][] attentionMaskInLength) {
        int length = commonLength(attentionMaskInLength, "attention_mask_in_length");
        int[] indices = new int[size(attentionMaskInLength.length, length)];
        int[] lengths = new int[indices.length];
        int count = 0;
        int sequences = 0;
        for (int row = 0; row < attentionMaskInLength.length; row++) {
            long used = 0;
            for (int sequence : attentionMaskInLength[row]) {
                if (sequence < 0) {
                    throw new IllegalArgumentException(
                            "row " + row + " of attention_mask_in_length holds a length of " + sequence);
                }
                if (sequence > 0) {
                    lengths[sequences++] = sequence;
                }
                used += sequence;
            }
            if (used > length) {
                throw new IllegalArgumentException("row " + row + " of attention_mask_in_length sums up to " + used
                        + " tokens; a row has room for " + length);
            }
            for (int column = 0; column < used; column++) {
                indices[count++] = row * length + column;
            }
        }
        return new Unpadding(
                attentionMaskInLength.length,
                length,
                Arrays.copyOf(indices, count),
                CuSeqlens.ofLengths(Arrays.copyOf(lengths, sequences)));
    }

    /**
     * The documents between the tokens {@code eosId} of one row, which belong to none: two of them side by side leave a document
     * of length zero. Where they do belong to a document, it is {@link CuSeqlens#ofEosId}.
     */
    public static Unpadding betweenEos(int[] ids, int eosId) {
        int[] indices = new int[ids.length];
        int[] lengths = new int[ids.length + 1];
        int count = 0;
        int documents = 0;
        for (int t = 0; t < ids.length; t++) {
            if (ids[t] == eosId) {
                documents++;
            } else {
                indices[count++] = t;
                lengths[documents]++;
            }
        }
        documents += lengths[documents] > 0 ? 1 : 0;
        return new Unpadding(
                1, ids.length, Arrays.copyOf(indices, count), CuSeqlens.ofLengths(Arrays.copyOf(lengths, documents)));
    }

    /** The rows that were padded. */
    public int rows() {
        return rows;
    }

    /** The tokens of a padded row, with its padding. */
    public int length() {
        return length;
    }

    /** Where the tokens of the packed axis lie among the {@code rows · length} padded ones. A copy. */
    public int[] indices() {
        return indices.clone();
    }

    public CuSeqlens cuSeqlens() {
        return cuSeqlens;
    }

    /** {@code max_seqlen_in_batch}. */
    public int maxSeqlen() {
        return cuSeqlens.maxLength();
    }

    /** {@code [rows, length]}: 1 for a token, 0 for padding. */
    public int[][] attentionMask() {
        int[] ones = new int[indices.length];
        Arrays.fill(ones, 1);
        return padInput(ones, 0);
    }

    /**
     * {@code [rows, length]}: the lengths of each row's sequences but those of length zero, then zeros. Tells where tokens are
     * only if each row starts with them.
     */
    public int[][] attentionMaskInLength() {
        int[][] lengths = new int[rows][length];
        int[] sequences = new int[rows];
        for (int i = 0; i < cuSeqlens.count(); i++) {
            if (cuSeqlens.length(i) > 0) {
                int row = indices[cuSeqlens.start(i)] / length;
                lengths[row][sequences[row]++] = cuSeqlens.length(i);
            }
        }
        return lengths;
    }

    /**
     * The real tokens of padded ones.
     *
     * @param ids {@code [rows, length]}
     */
    public int[] unpadInput(int[][] ids) {
        if (ids.length != rows || commonLength(ids, "what is to be unpadded") != length && rows > 0) {
            throw new IllegalArgumentException(
                    "ids of " + ids.length + " rows to unpad; there must be [" + rows + ", " + length + "]");
        }
        int[] packed = new int[indices.length];
        for (int t = 0; t < packed.length; t++) {
            packed[t] = ids[indices[t] / length][indices[t] % length];
        }
        return packed;
    }

    /**
     * The inverse of {@link #unpadInput(int[][])}.
     *
     * @param fill what padding is to be
     */
    public int[][] padInput(int[] packed, int fill) {
        requireTokens(packed.length, 1);
        int[][] padded = new int[rows][length];
        for (int[] row : padded) {
            Arrays.fill(row, fill);
        }
        for (int t = 0; t < packed.length; t++) {
            padded[indices[t] / length][indices[t] % length] = packed[t];
        }
        return padded;
    }

    /**
     * The real tokens of padded ones.
     *
     * @param states {@code [rows, length, columns]}, row-major
     * @return {@code [T, columns]}
     */
    public float[] unpadInput(float[] states, int columns) {
        if (columns < 0 || states.length != (long) rows * length * columns) {
            throw new IllegalArgumentException("an array of " + states.length + " elements to unpad; there must be ["
                    + rows + ", " + length + ", " + columns + "]");
        }
        float[] packed = new float[indices.length * columns];
        for (int t = 0; t < indices.length; t++) {
            System.arraycopy(states, indices[t] * columns, packed, t * columns, columns);
        }
        return packed;
    }

    /**
     * The inverse of {@link #unpadInput(float[], int)}, with zeros for padding.
     *
     * @param packed {@code [T, columns]}
     * @return {@code [rows, length, columns]}
     */
    public float[] padInput(float[] packed, int columns) {
        requireTokens(packed.length, columns);
        float[] states = new float[Math.multiplyExact(Math.multiplyExact(rows, length), columns)];
        for (int t = 0; t < indices.length; t++) {
            System.arraycopy(packed, t * columns, states, indices[t] * columns, columns);
        }
        return states;
    }

    private void requireTokens(int elements, int columns) {
        if (columns < 0 || elements != (long) indices.length * columns) {
            throw new IllegalArgumentException("an array of " + elements + " elements to pad; there must be ["
                    + indices.length + ", " + columns + "]");
        }
    }

    private static int commonLength(int[][] rows, String what) {
        for (int[] row : rows) {
            if (row.length != rows[0].length) {
                throw new IllegalArgumentException(
                        what + " has rows of " + rows[0].length + " and of " + row.length + " elements");
            }
        }
        return rows.length == 0 ? 0 : rows[0].length;
    }

    private static int size(int rows, int length) {
        long size = (long) rows * length;
        if (size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("[" + rows + ", " + length + "] tokens; indices are int32");
        }
        return (int) size;
    }
}
