package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.packing.GroupHash;
import io.varlen.packing.Overflow;
import io.varlen.packing.PackingRules;
import io.varlen.packing.PackingStrategy;
import io.varlen.packing.SpecialTokensPolicy;
import io.varlen.spark.dataset.DerivedColumn;
import io.varlen.spark.input.BadRecordPolicy;
import io.varlen.spark.input.DocumentColumns;
import io.varlen.spark.input.InputOptions;
import io.varlen.tokenizer.TokenizerSource;
import java.util.List;
import java.util.Set;

/**
 * What {@code pack} is asked to do.
 *
 * @param input where the documents come from
 * @param tokenizer text to ids
 * @param rules which documents share a row, how long it is, and what becomes of longer ones
 * @param output the folder of the packed dataset, on any Hadoop file system
 * @param specialTokens where the tokenizer's special tokens go
 * @param padId the id that fills rows; null for the tokenizer's own
 * @param seed of the groups and of the order of documents and rows
 * @param epoch the n-th re-pack under that seed, from 0
 * @param emit derived columns to write
 * @param badRecords what to do about records that are no documents
 * @param overwrite replace what another job left in {@code output}
 * @param splitMasked whether documents with a loss mask may be split; if not, one that would have to be is an error
 */
public record PackOptions(
        InputOptions input,
        TokenizerSource tokenizer,
        PackingRules rules,
        String output,
        SpecialTokensPolicy specialTokens,
        Integer padId,
        long seed,
        int epoch,
        Set<DerivedColumn> emit,
        BadRecordPolicy badRecords,
        boolean overwrite,
        boolean splitMasked) {

    /** @throws InvalidInputException if {@code padId} or {@code epoch} is out of range, or options do not go together */
    public PackOptions {
        if (padId != null && padId < 0) {
            throw new InvalidInputException("--pad-id is " + padId + "; it must be at least 0");
        }
        if (epoch < 0) {
            throw new InvalidInputException("--epoch is " + epoch + "; it must be at least 0");
        }
        if (specialTokens == SpecialTokensPolicy.CHUNK) {
            refuseForChunks(rules.strategy() == PackingStrategy.WRAPPED, "--strategy wrapped");
            Overflow.Mode mode = rules.overflow().mode();
            refuseForChunks(
                    mode == Overflow.Mode.SPLIT_OVERLAP || mode == Overflow.Mode.TRUNCATE_HEAD,
                    "--overflow " + mode.optionName());
        }
        requireWholeInputs(input.columns(), rules, specialTokens, splitMasked);
        if (input.columns().masked() && rules.splits() && !splitMasked) {
            rules = rules.with(Overflow.of(Overflow.Mode.FAIL));
        }
        emit = Set.copyOf(emit);
    }

    /** With the defaults of the command line. */
    public PackOptions(InputOptions input, TokenizerSource tokenizer, int seqLen, String output) {
        this(
                input,
                tokenizer,
                PackingRules.ofLength(seqLen),
                output,
                SpecialTokensPolicy.DOCUMENT,
                null,
                0,
                0,
                Set.of(),
                BadRecordPolicy.FAIL,
                false,
                false);
    }

    /** With another output, which may be made anew. */
    PackOptions into(String folder) {
        return new PackOptions(
                input,
                tokenizer,
                rules,
                folder,
                specialTokens,
                padId,
                seed,
                epoch,
                emit,
                badRecords,
                true,
                splitMasked);
    }

    private static void requireWholeInputs(
            DocumentColumns columns, PackingRules rules, SpecialTokensPolicy specialTokens, boolean splitMasked) {
        if (columns.kind() == DocumentColumns.Kind.TOKENS && specialTokens != SpecialTokensPolicy.NONE) {
            throw new InvalidInputException(
                    "--special-tokens " + specialTokens.optionName()
                            + " does not go with --ids-column, whose ids have the special tokens that they shall have; use none");
        }
        if (columns.masked() && specialTokens == SpecialTokensPolicy.CHUNK) {
            throw new InvalidInputException(
                    "--special-tokens chunk does not go with a loss mask: the end of a chunk is not"
                            + " the end of a completion; use document or none");
        }
        if (columns.masked() && rules.strategy() == PackingStrategy.WRAPPED && !splitMasked) {
            throw new InvalidInputException(
                    "--strategy wrapped parts completions from their prompts wherever a row is full;"
                            + " use another strategy, or --split-masked if that is meant");
        }
        if (splitMasked && !columns.masked()) {
            throw new InvalidInputException("--split-masked is for documents with a loss mask; name its columns with"
                    + " --prompt-column and --completion-column, or --ids-column and --mask-column");
        }
    }

    int seqLen() {
        return rules.limits().seqLen();
    }

    /** The seed that groups and orders follow from. */
    long packingSeed() {
        return GroupHash.seedOf(seed, epoch);
    }

    private static void refuseForChunks(boolean given, String option) {
        if (given) {
            throw new InvalidInputException(
                    option + " does not go with --special-tokens chunk: its pieces would not begin"
                            + " and end where the special tokens are; use --special-tokens document or none");
        }
    }

    /** The derived columns in the order in which they are written. */
    List<DerivedColumn> emittedColumns() {
        return emit.stream().sorted().toList();
    }
}
