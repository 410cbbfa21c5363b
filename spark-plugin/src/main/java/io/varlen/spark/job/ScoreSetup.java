package io.varlen.spark.job;

import io.varlen.model.ModelFiles;
import io.varlen.spark.VarlenConf;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.engine.TaskModel;
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
 * @param tokenizer the model's
 * @param vocabularySize token ids are below it
 * @param special surround the text of every document
 * @param windows in which documents are scored
 */
public record ScoreSetup(
        TaskModel model, TokenizerSource tokenizer, int vocabularySize, SpecialTokens special, ScoreWindows windows)
        implements Serializable {

    /** @throws io.varlen.InvalidInputException if the model is not there, or the options are none for it */
    public static ScoreSetup of(SparkSession session, ScoreOptions options) {
        Engine engine = Engine.get();
        ModelFiles files = engine.model(options.documents().model());
        return of(session, options, files, engine.tokenizer(files.tokenizer()).specialTokens());
    }

    static ScoreSetup of(SparkSession session, ScoreOptions options, ModelFiles files, SpecialTokens special) {
        return new ScoreSetup(
                DocumentJob.taskModel(
                        session,
                        options.documents(),
                        files,
                        TokenBudget.ofScore(VarlenConf.SCORE_TOKEN_BUDGET.get(session))),
                files.tokenizer(),
                files.config().vocabularySize(),
                special,
                ScoreOptions.windows(DocumentJob.maxLength(options.documents(), files), options.stride()));
    }
}
