package io.varlen.spark.job;

import io.varlen.model.ModelFiles;
import io.varlen.spark.VarlenConf;
import io.varlen.spark.engine.Compute;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.engine.ModelReference;
import io.varlen.spark.engine.TokenBudget;
import io.varlen.spark.scoring.ScoreWindows;
import io.varlen.tokenizer.SpecialTokens;
import io.varlen.tokenizer.TokenizerSource;
import java.io.Serializable;
import org.apache.spark.sql.SparkSession;

/**
 * What {@link ScoreOptions} mean for one model, found out on the driver: all that a task needs to score documents.
 *
 * @param model found again on the executor
 * @param compute with what the model is computed
 * @param tokenizer the model's
 * @param vocabularySize token ids are below it
 * @param special surround the text of every document
 * @param windows in which documents are scored
 * @param tokenBudget tokens per batch
 */
public record ScoreSetup(
        ModelReference model,
        Compute compute,
        TokenizerSource tokenizer,
        int vocabularySize,
        SpecialTokens special,
        ScoreWindows windows,
        TokenBudget tokenBudget)
        implements Serializable {

    /** @throws io.varlen.InvalidInputException if the model is not there, or the options are none for it */
    public static ScoreSetup of(SparkSession session, ScoreOptions options) {
        Engine engine = Engine.get();
        ModelFiles files = engine.model(options.model());
        return of(session, options, files, engine.tokenizer(files.tokenizer()).specialTokens());
    }

    static ScoreSetup of(SparkSession session, ScoreOptions options, ModelFiles files, SpecialTokens special) {
        return new ScoreSetup(
                options.model().withSha256(files.sha256()),
                DocumentJob.compute(session, options),
                files.tokenizer(),
                files.config().vocabularySize(),
                special,
                ScoreOptions.windows(DocumentJob.maxLength(options, files), options.stride()),
                TokenBudget.ofScore(VarlenConf.SCORE_TOKEN_BUDGET.get(session)));
    }

    /** For tasks that are given the tokenizer in another way, or need none. */
    public ScoreSetup withoutTokenizer() {
        return new ScoreSetup(model, compute, null, vocabularySize, special, windows, tokenBudget);
    }
}
