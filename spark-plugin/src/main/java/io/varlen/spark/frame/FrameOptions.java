package io.varlen.spark.frame;

import io.varlen.InvalidInputException;
import io.varlen.attention.Dtype;
import io.varlen.packing.Overflow;
import io.varlen.packing.PackingRules;
import io.varlen.packing.PackingStrategy;
import io.varlen.packing.RowLimits;
import io.varlen.packing.SpecialTokensPolicy;
import io.varlen.spark.dataset.DerivedColumn;
import io.varlen.spark.embedding.LongDocuments;
import io.varlen.spark.engine.Compute;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.engine.ModelReference;
import io.varlen.spark.input.BadRecordPolicy;
import io.varlen.spark.input.DocumentColumns;
import io.varlen.spark.input.InputOptions;
import io.varlen.spark.job.AttendOptions;
import io.varlen.spark.job.DocumentOptions;
import io.varlen.spark.job.EmbedOptions;
import io.varlen.spark.job.PackOptions;
import io.varlen.spark.job.ScoreOptions;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Options as text → options of the jobs, whose records have the defaults. */
final class FrameOptions {
    private final OptionValues values;

    FrameOptions(OptionValues values) {
        this.values = values;
    }

    /**
     * The columns that make up a document.
     *
     * @throws InvalidInputException if columns are given that do not go together
     */
    DocumentColumns columns() {
        String prompt = values.text("prompt-column", null);
        String completion = values.text("completion-column", null);
        String ids = values.text("ids-column", null);
        String mask = values.text("mask-column", null);
        if ((prompt == null) != (completion == null)) {
            throw new InvalidInputException("prompt-column and completion-column go together; one of them is missing");
        }
        if (mask != null && ids == null) {
            throw new InvalidInputException("mask-column is given without ids-column, whose token ids it is a mask of");
        }
        long kinds = Stream.of(values.text("text-column", null), prompt, ids)
                .filter(column -> column != null)
                .count();
        if (kinds > 1) {
            throw new InvalidInputException(
                    "a document is a text, a prompt with its completion, or token ids: give one of"
                            + " text-column, prompt-column and ids-column");
        }
        if (prompt != null) {
            return DocumentColumns.promptCompletion(prompt, completion);
        }
        return ids != null
                ? DocumentColumns.tokens(ids, mask)
                : DocumentColumns.text(values.text("text-column", InputOptions.DEFAULT_TEXT_COLUMN));
    }

    String idColumn() {
        return values.text("id-column", InputOptions.DEFAULT_ID_COLUMN);
    }

    BadRecordPolicy badRecords() {
        return values.named("bad-records", BadRecordPolicy::ofName, BadRecordPolicy.FAIL);
    }

    /** Of what takes text or token ids: where special tokens are. */
    SpecialTokensPolicy specialTokens() {
        return values.named("special-tokens", SpecialTokensPolicy::ofName, SpecialTokensPolicy.DOCUMENT);
    }

    PackOptions pack(InputOptions input, String output, boolean overwrite) {
        values.required("seq-len");
        int seqLen = values.integer("seq-len", null);
        // the defaults are those of text; token ids have another policy of special tokens, below
        PackOptions defaults = new PackOptions(
                new InputOptions(input.inputs(), input.format()),
                Engine.get().tokenizerSource(values.required("tokenizer")),
                seqLen,
                output);
        RowLimits limits = defaults.rules().limits();
        return new PackOptions(
                input,
                defaults.tokenizer(),
                new PackingRules(
                        values.named(
                                "strategy",
                                PackingStrategy::ofName,
                                defaults.rules().strategy()),
                        limits(seqLen, limits),
                        values.named(
                                "overflow", Overflow::ofName, defaults.rules().overflow())),
                output,
                values.named(
                        "special-tokens",
                        SpecialTokensPolicy::ofName,
                        input.columns().kind() == DocumentColumns.Kind.TOKENS
                                ? SpecialTokensPolicy.NONE
                                : defaults.specialTokens()),
                values.integer("pad-id", defaults.padId()),
                values.whole("seed", defaults.seed()),
                values.integer("epoch", defaults.epoch()),
                values.named("emit", FrameOptions::derived, defaults.emit()),
                badRecords(),
                overwrite,
                values.flag("split-masked"));
    }

    private RowLimits limits(int seqLen, RowLimits defaults) {
        return new RowLimits(
                seqLen,
                values.integer("pad-to-multiple", defaults.padToMultiple()),
                values.integer("max-documents-per-row", defaults.maxDocuments()),
                values.whole("max-squared-length", defaults.maxSquaredLength()));
    }

    /**
     * The ways to pack that {@code plan} compares: each row length with each strategy.
     *
     * @throws InvalidInputException if no row length is given, or an option is none
     */
    List<PackingRules> candidates() {
        Overflow overflow = values.named("overflow", Overflow::ofName, Overflow.SPLIT);
        List<PackingStrategy> strategies = values.named(
                "strategy", given -> names(given).map(PackingStrategy::ofName).toList(), List.of(PackingStrategy.BFD));
        return values.integers("seq-len").stream()
                .flatMap(seqLen -> strategies.stream()
                        .map(strategy ->
                                new PackingRules(strategy, limits(seqLen, RowLimits.ofLength(seqLen)), overflow)))
                .toList();
    }

    private static Stream<String> names(String list) {
        return Arrays.stream(list.split(",")).map(String::strip).filter(name -> !name.isEmpty());
    }

    private static Set<DerivedColumn> derived(String names) {
        return names(names).map(DerivedColumn::ofName).collect(Collectors.toSet());
    }

    EmbedOptions embed(InputOptions input, String output, boolean overwrite) {
        EmbedOptions defaults = new EmbedOptions(documents(input, output, overwrite));
        return new EmbedOptions(
                defaults.documents(),
                values.named("long", LongDocuments::ofName, defaults.longDocuments()),
                values.text("prompt", defaults.prompt()),
                values.text("prompt-name", defaults.promptName()),
                values.integer("dimensions", defaults.dimensions()));
    }

    ScoreOptions score(InputOptions input, String output, boolean overwrite) {
        ScoreOptions defaults = new ScoreOptions(documents(input, output, overwrite));
        return new ScoreOptions(defaults.documents(), values.integer("stride", defaults.stride()));
    }

    AttendOptions attend(InputOptions input, String output, boolean overwrite) {
        AttendOptions defaults = new AttendOptions(documents(input, output, overwrite));
        return new AttendOptions(
                defaults.documents(),
                values.integer("window", defaults.window()),
                values.whole("limit-tokens", defaults.limitTokens()));
    }

    private DocumentOptions documents(InputOptions input, String output, boolean overwrite) {
        ModelReference model = ModelReference.of(values.required("model"), values.text("model-jar", null));
        DocumentOptions defaults = new DocumentOptions(input, model, output);
        return new DocumentOptions(
                input,
                model,
                output,
                values.integer("max-length", defaults.maxLength()),
                new Compute(
                        values.text("backend", defaults.compute().backend()),
                        values.named("dtype", Dtype::ofName, defaults.compute().dtype())),
                badRecords(),
                overwrite,
                values.integer("trace", defaults.trace()));
    }
}
