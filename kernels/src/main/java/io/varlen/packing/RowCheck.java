package io.varlen.packing;

import java.util.List;
import java.util.Optional;

/**
 * Checks that the columns of a stored row have the shape of a packed row. Takes raw columns, since a damaged row may hold
 * anything. What the shape leaves open is covered by {@link RowHash}, except the padding, which is checked here.
 *
 * @param seqLen the entries of {@code input_ids}
 * @param padId the id of the padding
 */
public record RowCheck(int seqLen, int padId) {

    /**
     * What is wrong with a row.
     *
     * @param column the first broken column, in the order of the parameters of {@link #damage}
     * @param what what it holds, and what would be right
     */
    public record Damage(String column, String what) {
        @Override
        public String toString() {
            return column + ": " + what;
        }
    }

    /**
     * The first damage found; empty if the row is sound. A column that is null is damage.
     *
     * @param lossMask null if the dataset has no such column
     */
    public Optional<Damage> damage(
            int[] inputIds, Integer nTokens, int[] cuSeqlens, List<Segment> segments, byte[] lossMask) {
        return inNTokens(nTokens)
                .or(() -> inInputIds(inputIds, nTokens))
                .or(() -> inCuSeqlens(cuSeqlens, nTokens))
                .or(() -> inSegments(segments, cuSeqlens))
                .or(() -> inLossMask(lossMask));
    }

    private Optional<Damage> inNTokens(Integer nTokens) {
        return nTokens == null || nTokens < 1 || nTokens > seqLen
                ? damage("n_tokens", "is " + nTokens + ", must be in 1.." + seqLen)
                : Optional.empty();
    }

    private Optional<Damage> inInputIds(int[] inputIds, int nTokens) {
        if (inputIds == null || inputIds.length != seqLen) {
            return damage("input_ids", entries(inputIds == null ? null : inputIds.length) + ", must have " + seqLen);
        }
        for (int i = 0; i < seqLen; i++) {
            if (i < nTokens && inputIds[i] < 0) {
                return damage("input_ids", "holds the negative id " + inputIds[i] + " at position " + i);
            }
            if (i >= nTokens && inputIds[i] != padId) {
                return damage(
                        "input_ids",
                        "holds " + inputIds[i] + " at position " + i + ", behind the " + nTokens
                                + " real tokens, where the padding id " + padId + " must be");
            }
        }
        return Optional.empty();
    }

    private Optional<Damage> inCuSeqlens(int[] cuSeqlens, int nTokens) {
        if (cuSeqlens == null || cuSeqlens.length < 2) {
            return damage(
                    "cu_seqlens", entries(cuSeqlens == null ? null : cuSeqlens.length) + ", must have at least 2");
        }
        if (cuSeqlens[0] != 0) {
            return damage("cu_seqlens", "starts with " + cuSeqlens[0] + ", must start with 0");
        }
        for (int i = 1; i < cuSeqlens.length; i++) {
            if (cuSeqlens[i] <= cuSeqlens[i - 1]) {
                return damage(
                        "cu_seqlens",
                        "goes from " + cuSeqlens[i - 1] + " to " + cuSeqlens[i] + " at entry " + i
                                + ", must strictly increase");
            }
        }
        int end = cuSeqlens[cuSeqlens.length - 1];
        return end == nTokens
                ? Optional.empty()
                : damage("cu_seqlens", "ends with " + end + ", must end with n_tokens = " + nTokens);
    }

    private Optional<Damage> inSegments(List<Segment> segments, int[] cuSeqlens) {
        int count = cuSeqlens.length - 1;
        if (segments == null || segments.size() != count) {
            return damage(
                    "segments",
                    entries(segments == null ? null : segments.size()) + ", cu_seqlens has " + count + " sequences");
        }
        for (int i = 0; i < count; i++) {
            Segment segment = segments.get(i);
            int length = cuSeqlens[i + 1] - cuSeqlens[i];
            if (segment == null || segment.docId() == null) {
                return damage("segments", "entry " + i + " is null or has no doc_id");
            }
            if (segment.tokenCount() != length) {
                return damage(
                        "segments",
                        "entry " + i + " has token_count " + segment.tokenCount() + ", its sequence in cu_seqlens has "
                                + length + " tokens");
            }
            if (segment.source() < 0 || segment.chunk() < 0 || segment.tokenStart() < 0) {
                return damage("segments", "entry " + i + " has a negative source, chunk or token_start: " + segment);
            }
        }
        return Optional.empty();
    }

    private Optional<Damage> inLossMask(byte[] lossMask) {
        return lossMask != null && lossMask.length != seqLen
                ? damage("loss_mask", entries(lossMask.length) + ", must have " + seqLen)
                : Optional.empty();
    }

    private static String entries(Integer count) {
        return count == null ? "is null" : "has " + count + " entries";
    }

    private static Optional<Damage> damage(String column, String what) {
        return Optional.of(new Damage(column, what));
    }
}
