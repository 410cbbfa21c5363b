package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.packing.SpecialTokensPolicy;
import io.varlen.spark.dataset.DerivedColumn;
import io.varlen.spark.input.BadRecordPolicy;
import io.varlen.spark.input.InputOptions;
import io.varlen.tokenizer.TokenizerSource;
import java.util.List;
import java.util.Set;

/**
 * What {@code pack} is asked to do.
 *
 * @param input where the documents come from
 * @param tokenizer text to ids
 * @param seqLen tokens per row
 * @param output the folder of the packed dataset, on any Hadoop file system
 * @param specialTokens where the tokenizer's special tokens go
 * @param padId the id that fills rows; null for the tokenizer's own
 * @param seed of the groups and of the order of the rows
 * @param emit derived columns to write
 * @param badRecords what to do about records that are no documents
 * @param overwrite replace what another job left in {@code output}
 */
public record PackOptions(
        InputOptions input,
        TokenizerSource tokenizer,
        int seqLen,
        String output,
        SpecialTokensPolicy specialTokens,
        Integer padId,
        long seed,
        Set<DerivedColumn> emit,
        BadRecordPolicy badRecords,
        boolean overwrite) {

    /** A row must fit into memory, with its derived columns, several times. */
    static final int MAX_SEQ_LEN = 1 << 24;

    /** @throws InvalidInputException if {@code seqLen} or {@code padId} is out of range */
    public PackOptions {
        if (seqLen < 1 || seqLen > MAX_SEQ_LEN) {
            throw new InvalidInputException("--seq-len is " + seqLen + "; it must be from 1 to " + MAX_SEQ_LEN);
        }
        if (padId != null && padId < 0) {
            throw new InvalidInputException("--pad-id is " + padId + "; it must be at least 0");
        }
        emit = Set.copyOf(emit);
    }

    /** With the defaults of the command line. */
    public PackOptions(InputOptions input, TokenizerSource tokenizer, int seqLen, String output) {
        this(
                input,
                tokenizer,
                seqLen,
                output,
                SpecialTokensPolicy.DOCUMENT,
                null,
                0,
                Set.of(),
                BadRecordPolicy.FAIL,
                false);
    }

    /** The derived columns in the order in which they are written. */
    List<DerivedColumn> emittedColumns() {
        return emit.stream().sorted().toList();
    }
}
