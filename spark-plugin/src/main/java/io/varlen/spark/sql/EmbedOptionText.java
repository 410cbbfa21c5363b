package io.varlen.spark.sql;

import io.varlen.InvalidInputException;
import io.varlen.attention.Dtype;
import io.varlen.spark.embedding.LongDocuments;
import io.varlen.spark.engine.Compute;
import io.varlen.spark.engine.ModelReference;
import io.varlen.spark.input.BadRecordPolicy;
import io.varlen.spark.job.DocumentOptions;
import io.varlen.spark.job.EmbedOptions;
import io.varlen.spark.job.EmbedSetup;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.SparkSession;

/** The options of {@code varlen_embed}: those of the command, as far as they are about vectors. */
final class EmbedOptionText {
    static final List<String> NAMES = List.of(
            "max_length", "long", "prompt", "prompt_name", "dimensions", "normalize", "dtype", "backend", "model_jar");

    private static final Pattern COMMAND_LINE = Pattern.compile("--([a-z-]+)");

    private final String function;
    private final OptionText options;

    /** @throws InvalidInputException if an option is none, or is given twice */
    EmbedOptionText(String function, String text) {
        this.function = function;
        this.options = new OptionText(function, text, NAMES);
    }

    /** @throws InvalidInputException if the model is not there, or the options are none for it */
    EmbedSetup setup(SparkSession session, String model) {
        try {
            EmbedSetup setup = EmbedSetup.of(session, forModel(model));
            Boolean normalize = options.flag("normalize");
            return normalize == null ? setup : setup.normalised(normalize);
        } catch (InvalidInputException e) {
            String message = asHere(e.getMessage());
            throw new InvalidInputException(message.startsWith(function) ? message : function + ": " + message, e);
        }
    }

    private EmbedOptions forModel(String model) {
        String way = options.get("long");
        String dtype = options.get("dtype");
        DocumentOptions documents = new DocumentOptions(
                null,
                ModelReference.of(model, options.get("model_jar")),
                "",
                options.integer("max_length"),
                new Compute(options.backend(), dtype == null ? Compute.DEFAULT.dtype() : Dtype.ofName(dtype)),
                BadRecordPolicy.FAIL,
                false,
                0);
        return new EmbedOptions(
                documents,
                way == null ? LongDocuments.TRUNCATE : LongDocuments.ofName(way),
                options.get("prompt"),
                options.get("prompt_name"),
                options.integer("dimensions"));
    }

    /** What the command line calls {@code --max-length} is {@code max_length} here. */
    private static String asHere(String message) {
        return COMMAND_LINE
                .matcher(message)
                .replaceAll(found -> Matcher.quoteReplacement(found.group(1).replace('-', '_')));
    }
}
