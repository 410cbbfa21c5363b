package io.varlen.spark.internal;

import io.varlen.InvalidInputException;
import io.varlen.packing.SpecialTokensPolicy;
import io.varlen.spark.engine.Engine;
import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.Tokenizer;
import io.varlen.tokenizer.TokenizerSource;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.ApplyFunctionExpression;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.connector.catalog.functions.ScalarFunction;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import scala.Function1;
import scala.Tuple3;
import scala.collection.Seq;

/**
 * The SQL functions. The one class that sees Catalyst: an expression gets a string's own bytes, where a UDF would get a
 * {@code String} in which invalid UTF-8 has silently become other characters.
 */
public final class SqlFunctions {
    private static final String TOKENIZER = """
                  * text - a string, or its UTF-8 as binary
                  * tokenizer - a constant: tiktoken:cl100k_base|o200k_base|p50k_base|r50k_base, the driver's path of a
                    tokenizer.json or of a folder that holds one, or builtin:all-minilm-l6-v2
                  * special_tokens - a constant: document (the default: what encode(text) of Hugging Face adds; tiktoken
                    adds nothing) or none
            """;

    private SqlFunctions() {}

    /** Adds all functions to sessions. */
    public static void register(SparkSessionExtensions extensions) {
        register(
                extensions,
                Function.TOKENIZE,
                "_FUNC_(text, tokenizer[, special_tokens]) - The token ids of text, as pack puts them into rows.",
                "      > SELECT _FUNC_('tokens, please', 'tiktoken:cl100k_base');\n       [31666,11,4587]\n");
        register(
                extensions,
                Function.TOKEN_COUNT,
                "_FUNC_(text, tokenizer[, special_tokens]) - How many token ids varlen_tokenize gives.",
                "      > SELECT _FUNC_('tokens, please', 'tiktoken:cl100k_base');\n       3\n");
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // which Seq is meant depends on the Scala that Spark was built with
    private static void register(SparkSessionExtensions extensions, Function function, String usage, String example) {
        ExpressionInfo info = new ExpressionInfo(
                Tokenization.class.getName(),
                null,
                function.sqlName,
                usage,
                "\n    Arguments:\n" + TOKENIZER,
                "\n    Examples:\n" + example + "  ",
                "",
                "",
                "",
                "",
                "scala_udf");
        Function1 builder = arguments -> build(function, (Seq<Expression>) arguments);
        extensions.injectFunction(new Tuple3<>(new FunctionIdentifier(function.sqlName), info, builder));
    }

    private static Expression build(Function function, Seq<Expression> arguments) {
        if (arguments.length() < 2 || arguments.length() > 3) {
            throw new InvalidInputException(function.sqlName + " takes (text, tokenizer[, special_tokens]), not "
                    + arguments.length() + " arguments");
        }
        TokenizerSource tokenizer = Engine.get().tokenizerSource(constant(function, "tokenizer", arguments.apply(1)));
        SpecialTokensPolicy policy = arguments.length() == 2
                ? SpecialTokensPolicy.DOCUMENT
                : SpecialTokensPolicy.ofName(constant(function, "special_tokens", arguments.apply(2)));
        if (policy == SpecialTokensPolicy.CHUNK) {
            throw new InvalidInputException(
                    function.sqlName + ": special_tokens is document or none; chunks are made by pack alone");
        }
        // opened here once, so that a damaged file is told now and not by a task
        Engine.get().tokenizer(tokenizer);
        return call(new Tokenization(function, tokenizer, policy), arguments);
    }

    /** By reflection, since the constructor's {@code Seq} is another type for Scala 2.12 than for 2.13. */
    private static Expression call(ScalarFunction<?> function, Seq<Expression> arguments) {
        try {
            return (Expression)
                    ApplyFunctionExpression.class.getConstructors()[0].newInstance(function, arguments.take(1));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this Spark has another ApplyFunctionExpression: " + e, e);
        }
    }

    private static String constant(Function function, String name, Expression argument) {
        boolean isConstant = argument.resolved() && argument.foldable() && argument.dataType() instanceof StringType;
        Object value = isConstant ? argument.eval(null) : null;
        if (value == null) {
            throw new InvalidInputException(
                    function.sqlName + ": " + name + " must be a constant string, but it is " + argument.sql());
        }
        return value.toString();
    }

    /** What is made of a text's ids. */
    enum Function {
        TOKENIZE("varlen_tokenize", DataTypes.createArrayType(DataTypes.IntegerType, false)) {
            @Override
            Object result(TokenBuffer text, Tokenizer tokenizer, SpecialTokensPolicy policy) {
                return UnsafeArrayData.fromPrimitiveArray(policy.sequenceOf(
                        text.toArray(), 0, text.size(), tokenizer.specialTokens(), Integer.MAX_VALUE));
            }
        },
        TOKEN_COUNT("varlen_token_count", DataTypes.IntegerType) {
            @Override
            Object result(TokenBuffer text, Tokenizer tokenizer, SpecialTokensPolicy policy) {
                int added = policy == SpecialTokensPolicy.NONE
                        ? 0
                        : tokenizer.specialTokens().count();
                return text.size() + added;
            }
        };

        private final String sqlName;
        private final DataType type;

        Function(String sqlName, DataType type) {
            this.sqlName = sqlName;
            this.type = type;
        }

        abstract Object result(TokenBuffer text, Tokenizer tokenizer, SpecialTokensPolicy policy);
    }

    /**
     * One call in a query; null for null.
     *
     * @param function what is made of the ids
     * @param source the tokenizer, as the driver read it
     * @param policy of special tokens
     */
    record Tokenization(Function function, TokenizerSource source, SpecialTokensPolicy policy)
            implements ScalarFunction<Object> {
        private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

        /** What a thread keeps from row to row. */
        private static final class Scratch {
            final TokenBuffer ids = new TokenBuffer();
            TokenizerSource source;
            Tokenizer tokenizer;
        }

        @Override
        public DataType[] inputTypes() {
            return new DataType[] {DataTypes.StringType};
        }

        @Override
        public DataType resultType() {
            return function.type;
        }

        @Override
        public String name() {
            return function.sqlName;
        }

        @Override
        public Object produceResult(InternalRow arguments) {
            return arguments.isNullAt(0) ? null : of(arguments.getUTF8String(0).getBytes());
        }

        private Object of(byte[] utf8) {
            int invalid = Utf8.firstInvalid(utf8, utf8.length);
            if (invalid >= 0) {
                throw new InvalidInputException(String.format(
                        "%s: invalid UTF-8 at byte %d of a text (0x%02X)", name(), invalid, utf8[invalid]));
            }
            Scratch scratch = SCRATCH.get();
            if (scratch.source != source) {
                scratch.tokenizer = Engine.get().tokenizer(source);
                scratch.source = source;
            }
            scratch.ids.clear();
            scratch.tokenizer.encode(utf8, 0, utf8.length, scratch.ids);
            return function.result(scratch.ids, scratch.tokenizer, policy);
        }
    }
}
