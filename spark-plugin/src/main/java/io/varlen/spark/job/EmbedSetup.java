package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.model.ModelFiles;
import io.varlen.spark.VarlenConf;
import io.varlen.spark.embedding.ModelInput;
import io.varlen.spark.embedding.VectorForm;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.engine.TaskModel;
import io.varlen.spark.engine.TokenBudget;
import io.varlen.tokenizer.SpecialTokens;
import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.TokenizerSource;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import org.apache.spark.sql.SparkSession;

/**
 * What {@link EmbedOptions} mean for one model, found out on the driver: all that a task needs to embed documents.
 *
 * @param model found again on the executor
 * @param tokenizer the model's
 * @param vocabularySize token ids are below it
 * @param prompt stands before each text when it is tokenized; "" for none
 * @param input how texts become inputs of the model
 * @param form what becomes of pooled vectors
 */
public record EmbedSetup(
        TaskModel model,
        TokenizerSource tokenizer,
        int vocabularySize,
        String prompt,
        ModelInput input,
        VectorForm form)
        implements Serializable {

    /** @throws InvalidInputException if the model is not there, or the options are none for it */
    public static EmbedSetup of(SparkSession session, EmbedOptions options) {
        Engine engine = Engine.get();
        ModelFiles files = engine.model(options.documents().model());
        return of(session, options, files, engine.tokenizer(files.tokenizer()).specialTokens());
    }

    static EmbedSetup of(SparkSession session, EmbedOptions options, ModelFiles files, SpecialTokens special) {
        String prompt = files.prompts().resolve(options.prompt(), options.promptName());
        int maxLength = DocumentJob.maxLength(options.documents(), files);
        return new EmbedSetup(
                DocumentJob.taskModel(
                        session,
                        options.documents(),
                        files,
                        TokenBudget.ofEmbed(VarlenConf.EMBED_TOKEN_BUDGET.get(session))),
                files.tokenizer(),
                files.config().vocabularySize(),
                prompt,
                new ModelInput(special, ids(files, prompt), maxLength, options.longDocuments()),
                new VectorForm(dimension(options, files), files.normalizes()));
    }

    private static int[] ids(ModelFiles files, String prompt) {
        byte[] utf8 = prompt.getBytes(StandardCharsets.UTF_8);
        TokenBuffer ids = new TokenBuffer();
        Engine.get().tokenizer(files.tokenizer()).encode(utf8, 0, utf8.length, ids);
        return ids.toArray();
    }

    private static int dimension(EmbedOptions options, ModelFiles model) {
        if (options.dimensions() == null) {
            return model.dimension();
        }
        int all = model.config().hiddenSize();
        if (options.dimensions() > all) {
            throw new InvalidInputException("--dimensions is " + options.dimensions() + "; vectors of model "
                    + options.documents().model().name() + " have " + all);
        }
        return options.dimensions();
    }

    /** The same for vectors that get length 1, or keep theirs. */
    public EmbedSetup normalised(boolean normalised) {
        return new EmbedSetup(
                model, tokenizer, vocabularySize, prompt, input, new VectorForm(form.dimension(), normalised));
    }
}
