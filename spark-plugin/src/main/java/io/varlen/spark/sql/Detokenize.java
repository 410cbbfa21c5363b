package io.varlen.spark.sql;

import static io.varlen.spark.function.FunctionParameter.column;
import static io.varlen.spark.function.FunctionParameter.flag;

import io.varlen.spark.function.FunctionArguments;
import io.varlen.spark.function.FunctionDefinition;
import io.varlen.spark.function.FunctionExample;
import io.varlen.spark.function.SqlFunction;
import io.varlen.tokenizer.TokenizerSource;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * {@code varlen_detokenize}.
 *
 * @param source the tokenizer, as the driver read it
 * @param skipSpecial whether special tokens are left out
 */
public record Detokenize(TokenizerSource source, boolean skipSpecial) implements SqlFunction {
    static final FunctionDefinition DEFINITION = new FunctionDefinition(
            "varlen_detokenize",
            "The text of token ids, for people to read: a tokenizer that folds case or accents does not give them back.",
            List.of(
                    column("ids", "array of int; ids that the tokenizer does not know are left out"),
                    Tokenize.TOKENIZER,
                    flag(
                                    "skip_special",
                                    "whether special tokens are left out; if not, they are written out (the default)")
                            .orNone()),
            List.of(
                    new FunctionExample(
                            "SELECT _FUNC_(array(31666, 11, 4587), 'tiktoken:cl100k_base')", "tokens, please"),
                    new FunctionExample(
                            "SELECT _FUNC_(array(101, 8870, 102), 'builtin:all-minilm-l6-v2')", "[CLS] cats [SEP]"),
                    new FunctionExample(
                            "SELECT _FUNC_(array(101, 8870, 102), 'builtin:all-minilm-l6-v2', true)", "cats")),
            Detokenize::of);

    private static Detokenize of(FunctionArguments arguments) {
        return new Detokenize(SharedTokenizers.named(arguments.text("tokenizer")), arguments.flag("skip_special"));
    }

    @Override
    public String name() {
        return DEFINITION.name();
    }

    @Override
    public DataType[] inputTypes() {
        return new DataType[] {SqlTypes.argument(DataTypes.IntegerType)};
    }

    @Override
    public DataType resultType() {
        return DataTypes.StringType;
    }

    @Override
    public Object call(Object[] arguments) {
        int[] ids = (int[]) arguments[0];
        return SharedTokenizers.of(source)
                .decode(ids, 0, ids.length, skipSpecial)
                .getBytes(StandardCharsets.UTF_8);
    }
}
