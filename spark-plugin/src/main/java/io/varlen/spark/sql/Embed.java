package io.varlen.spark.sql;

import static io.varlen.spark.function.FunctionParameter.column;
import static io.varlen.spark.function.FunctionParameter.text;

import io.varlen.InvalidInputException;
import io.varlen.spark.VarlenConf;
import io.varlen.spark.embedding.TextEmbedder;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.engine.TaskModel;
import io.varlen.spark.function.FunctionArguments;
import io.varlen.spark.function.FunctionDefinition;
import io.varlen.spark.function.FunctionExample;
import io.varlen.spark.function.SqlFunction;
import io.varlen.spark.job.EmbedSetup;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** {@code varlen_embed}: of one text, or of an array of texts as batches; the vectors are those of the job. */
public final class Embed implements SqlFunction {
    static final FunctionDefinition DEFINITION = new FunctionDefinition(
            "varlen_embed",
            "The embedding of a text as array of float, or those of an array of texts, which a model is given together; the same"
                    + " bits as the embed job gives.",
            List.of(
                    column(
                            "text",
                            "a string, an array of strings, or their UTF-8 as binary; null gives null, also inside an array"),
                    text("model", "a Hugging Face folder on any Hadoop file system, or builtin:all-minilm-l6-v2"),
                    text(
                                    "options",
                                    "name=value,… with the names of the embed command: "
                                            + String.join(", ", EmbedOptionText.NAMES)
                                            + "; a value with a comma stands in double quotes")
                            .orNone()),
            List.of(
                    new FunctionExample("SELECT size(_FUNC_('a cat', 'builtin:all-minilm-l6-v2'))", "384"),
                    new FunctionExample(
                            "SELECT size(_FUNC_('a cat', 'builtin:all-minilm-l6-v2', 'dimensions=64,prompt=\"query: \"'))",
                            "64"),
                    new FunctionExample(
                            "SELECT transform(_FUNC_(array('a cat', null), 'builtin:all-minilm-l6-v2'), v -> v IS NULL)",
                            "[false,true]")),
            Embed::of);

    private final EmbedSetup setup;
    private final boolean arrays;
    private final boolean rowwise;

    /**
     * @param arrays whether it is called with arrays of texts
     * @param rowwise whether texts may be computed one by one on a GPU
     */
    private Embed(EmbedSetup setup, boolean arrays, boolean rowwise) {
        this.setup = setup;
        this.arrays = arrays;
        this.rowwise = rowwise;
    }

    private static Embed of(FunctionArguments arguments) {
        SparkSession session = SparkSession.active();
        EmbedOptionText options = new EmbedOptionText(DEFINITION.name(), arguments.text("options"));
        EmbedSetup setup = options.setup(session, arguments.text("model"));
        return new Embed(
                setup,
                arguments.type("text") instanceof ArrayType,
                VarlenConf.SQL_ROWWISE.get(session).orElse(false));
    }

    /** All that a task needs to embed. */
    public EmbedSetup setup() {
        return setup;
    }

    /** Whether it is called with arrays of texts. */
    public boolean arrays() {
        return arrays;
    }

    @Override
    public String name() {
        return DEFINITION.name();
    }

    @Override
    public DataType[] inputTypes() {
        return new DataType[] {arrays ? SqlTypes.argument(DataTypes.StringType) : DataTypes.StringType};
    }

    @Override
    public DataType resultType() {
        return arrays ? DataTypes.createArrayType(SqlTypes.FLOAT_ARRAY, true) : SqlTypes.FLOAT_ARRAY;
    }

    @Override
    public Object call(Object[] arguments) {
        return arrays ? embed((byte[][]) arguments[0]) : single((byte[]) arguments[0]);
    }

    private float[] single(byte[] text) {
        RowByRow.require(Engine.get().backend(setup.model().compute()).name(), rowwise);
        return embed(new byte[][] {text})[0];
    }

    /** The vectors of these texts, which the model is given together; null for null. */
    public float[][] embed(byte[][] texts) {
        for (byte[] text : texts) {
            if (text != null) {
                SqlText.requireValid(name(), text);
            }
        }
        Engine engine = Engine.get();
        TaskModel model = setup.model();
        try {
            return new TextEmbedder(
                            engine.encoder(model.reference(), model.compute()),
                            SharedTokenizers.of(setup.tokenizer()),
                            setup.prompt(),
                            setup.input(),
                            setup.form(),
                            model.batchTokens(engine))
                    .embed(texts);
        } catch (InvalidInputException e) {
            throw new InvalidInputException(name() + ": " + e.getMessage(), e);
        }
    }

    /** What the rest of the setup follows from; arrays of ids have no equality of their own. */
    private List<Object> key() {
        return List.of(
                setup.model(),
                setup.tokenizer(),
                setup.prompt(),
                setup.input().maxLength(),
                setup.input().longDocuments(),
                setup.form(),
                arrays,
                rowwise);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Embed that && key().equals(that.key());
    }

    @Override
    public int hashCode() {
        return Objects.hash(setup.model(), arrays);
    }
}
