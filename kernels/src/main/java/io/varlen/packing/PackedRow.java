package io.varlen.packing;

import io.varlen.sequence.CuSeqlens;
import java.util.List;

/**
 * One row of a packed dataset.
 *
 * @param rowId unique in its dataset
 * @param inputIds {@code seq_len} ids, the padding id from {@code nTokens} on
 * @param nTokens the real tokens
 * @param cuSeqlens one sequence per segment, none empty; {@code total() == nTokens}
 * @param segments where the sequences come from, in their order
 * @param lossMask as long as {@code inputIds}, 0 from {@code nTokens} on; null in a dataset without loss masks
 */
public record PackedRow(
        long rowId, int[] inputIds, int nTokens, CuSeqlens cuSeqlens, List<Segment> segments, byte[] lossMask) {}
