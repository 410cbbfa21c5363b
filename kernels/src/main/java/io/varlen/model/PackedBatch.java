package io.varlen.model;

import io.varlen.sequence.CuSeqlens;
import java.util.Arrays;

/**
 * Model inputs laid end to end, without padding.
 *
 * @param inputIds {@code [T]} token ids, complete inputs with their special tokens
 * @param cuSeqlens the boundaries; {@code total() == T}
 */
public record PackedBatch(int[] inputIds, CuSeqlens cuSeqlens) {
    public PackedBatch {
        if (cuSeqlens.total() != inputIds.length) {
            throw new IllegalArgumentException(
                    "cu_seqlens end at " + cuSeqlens.total() + " but there are " + inputIds.length + " input_ids");
        }
    }

    /** The sequences {@code [from, to)}. */
    PackedBatch sequences(int from, int to) {
        int[] lengths = new int[to - from];
        Arrays.setAll(lengths, i -> cuSeqlens.length(from + i));
        int begin = from == to ? 0 : cuSeqlens.start(from);
        CuSeqlens own = CuSeqlens.ofLengths(lengths);
        return new PackedBatch(Arrays.copyOfRange(inputIds, begin, begin + own.total()), own);
    }

    /** @throws IllegalArgumentException if a model does not take this */
    void requireFor(Transformer model) {
        if (cuSeqlens.maxLength() > model.maxPositions()) {
            throw new IllegalArgumentException("a sequence has " + cuSeqlens.maxLength()
                    + " tokens; the model takes up to " + model.maxPositions());
        }
        for (int id : inputIds) {
            if (id < 0 || id >= model.vocabularySize()) {
                throw new IllegalArgumentException(
                        "token id " + id + " is not in the model's vocabulary of " + model.vocabularySize());
            }
        }
    }
}
