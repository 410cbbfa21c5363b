package io.varlen.spark;

import io.varlen.spark.frame.AttendSettings;
import io.varlen.spark.frame.EmbedSettings;
import io.varlen.spark.frame.FrameJob;
import io.varlen.spark.frame.LogProgress;
import io.varlen.spark.frame.Operations;
import io.varlen.spark.frame.PackSettings;
import io.varlen.spark.frame.ScoreSettings;
import io.varlen.spark.frame.TokenizeSettings;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What the jobs do, from DataFrame to DataFrame.
 *
 * <p>{@link #tokenize}, {@link #embed} and {@link #score} give every row back, in its place and with all of its columns
 * exactly as they were, and new columns behind them. They are lazy and stateless, so they also work on a stream. A document is a
 * string, or its UTF-8 as binary, or with {@code idsColumn} an array of token ids; null gives null in all new columns. A
 * document that is none, such as invalid UTF-8, fails the query when it gets there; with {@code badRecords("quarantine")}
 * its new columns are null, and one more column {@code error} says why: so no row is lost, and none is silently without a
 * result.
 *
 * <p>{@link #pack} and {@link #attend} make rows out of all documents together. They run the whole job at once, into a
 * folder, and give what is in it; bad records go where the job puts them.
 */
public final class Varlen {
    private Varlen() {}

    /**
     * Adds {@code input_ids}: the token ids of each text, as {@code pack} lays them into rows.
     *
     * @throws io.varlen.InvalidInputException if columns or options are not as they must be
     */
    public static Dataset<Row> tokenize(Dataset<Row> rows, TokenizeSettings settings) {
        return Operations.ofRows(FrameJob.TOKENIZE, rows, settings.values());
    }

    /**
     * Adds {@code n_tokens}, {@code truncated_tokens} and {@code embedding}, as {@code embed} writes them: the same bits.
     *
     * @throws io.varlen.InvalidInputException if columns, model or options are not as they must be
     */
    public static Dataset<Row> embed(Dataset<Row> rows, EmbedSettings settings) {
        return Operations.ofRows(FrameJob.EMBED, rows, settings.values());
    }

    /**
     * Adds {@code n_tokens}, {@code n_scored}, {@code nll} and {@code perplexity}, as {@code score} writes them: the same
     * bits.
     *
     * @throws io.varlen.InvalidInputException if columns, model or options are not as they must be
     */
    public static Dataset<Row> score(Dataset<Row> rows, ScoreSettings settings) {
        return Operations.ofRows(FrameJob.SCORE, rows, settings.values());
    }

    /**
     * Packs the documents now and gives the packed rows, those that {@code pack} makes of the same documents in files. They are
     * in the folder of {@link PackSettings#output}; on one machine alone that may be left out, and they go with the JVM.
     *
     * @throws io.varlen.InvalidInputException if documents, options or output are not as they must be
     */
    public static Dataset<Row> pack(Dataset<Row> rows, PackSettings settings) {
        return Operations.ofFolder(FrameJob.PACK, rows, settings.values(), new LogProgress());
    }

    /**
     * Measures now how each head of a model spreads its attention over the documents, each a row by itself, and gives the
     * table of {@code attend}: a row per layer and head. For the folder see {@link #pack}.
     *
     * @throws io.varlen.InvalidInputException if documents, model, options or output are not as they must be
     */
    public static Dataset<Row> attend(Dataset<Row> rows, AttendSettings settings) {
        return Operations.ofFolder(FrameJob.ATTEND, rows, settings.values(), new LogProgress());
    }

    /**
     * What functions of ours a query holds, SQL's and this class's: how Spark calls each, its tokenizer and model with their
     * SHA-256, backend and dtype; then what each executor computes with, why not on a GPU, how many tokens at once, and what
     * the model takes of its memory. Plans the query, but does not run it; the executors are asked by a few short tasks.
     *
     * @throws io.varlen.InvalidInputException for a DataFrame of Spark Connect, whose plan is on the server
     */
    public static String explain(Dataset<?> rows) {
        return Explanation.of(rows).toString();
    }
}
