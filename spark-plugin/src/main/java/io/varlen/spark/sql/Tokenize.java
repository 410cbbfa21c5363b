package io.varlen.spark.sql;

import static io.varlen.spark.function.FunctionParameter.column;
import static io.varlen.spark.function.FunctionParameter.text;

import io.varlen.InvalidInputException;
import io.varlen.packing.SpecialTokensPolicy;
import io.varlen.spark.function.FunctionArguments;
import io.varlen.spark.function.FunctionDefinition;
import io.varlen.spark.function.FunctionExample;
import io.varlen.spark.function.FunctionParameter;
import io.varlen.spark.function.SqlFunction;
import io.varlen.spark.metrics.TaskMetrics;
import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.Tokenizer;
import io.varlen.tokenizer.TokenizerSource;
import java.util.List;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * {@code varlen_tokenize} and {@code varlen_token_count}.
 *
 * @param result what is made of a text's ids
 * @param source the tokenizer, as the driver read it
 * @param policy of special tokens
 */
public record Tokenize(Result result, TokenizerSource source, SpecialTokensPolicy policy) implements SqlFunction {
    /** Of every function that takes a tokenizer. */
    static final FunctionParameter TOKENIZER = text(
            "tokenizer",
            "tiktoken:cl100k_base|o200k_base|p50k_base|r50k_base, the driver's path of a tokenizer.json or of a folder that"
                    + " holds one, or builtin:all-minilm-l6-v2");

    private static final List<FunctionParameter> PARAMETERS = List.of(
            column("text", "a string, or its UTF-8 as binary"),
            TOKENIZER,
            text(
                            "special_tokens",
                            "document (the default: what encode(text) of Hugging Face adds; tiktoken adds nothing) or none")
                    .orNone());

    static final FunctionDefinition TOKENIZE = new FunctionDefinition(
            Result.IDS.function,
            "The token ids of text, as pack puts them into rows.",
            PARAMETERS,
            List.of(
                    new FunctionExample("SELECT _FUNC_('tokens, please', 'tiktoken:cl100k_base')", "[31666,11,4587]"),
                    new FunctionExample(
                            "SELECT _FUNC_('tokens, please', 'builtin:all-minilm-l6-v2')",
                            "[101,19204,2015,1010,3531,102]")),
            arguments -> of(Result.IDS, arguments));

    static final FunctionDefinition TOKEN_COUNT = new FunctionDefinition(
            Result.COUNT.function,
            "How many token ids varlen_tokenize gives.",
            PARAMETERS,
            List.of(new FunctionExample("SELECT _FUNC_('tokens, please', 'tiktoken:cl100k_base')", "3")),
            arguments -> of(Result.COUNT, arguments));

    private static final ThreadLocal<TokenBuffer> IDS = ThreadLocal.withInitial(TokenBuffer::new);

    /** What is made of a text's ids. */
    public enum Result {
        IDS("varlen_tokenize", SqlTypes.INT_ARRAY) {
            @Override
            Object of(TokenBuffer text, Tokenizer tokenizer, SpecialTokensPolicy policy) {
                return policy.sequenceOf(text.toArray(), 0, text.size(), tokenizer.specialTokens(), Integer.MAX_VALUE);
            }
        },
        COUNT("varlen_token_count", DataTypes.IntegerType) {
            @Override
            Object of(TokenBuffer text, Tokenizer tokenizer, SpecialTokensPolicy policy) {
                return Math.toIntExact(
                        policy.sequenceLength(text.size(), tokenizer.specialTokens(), Integer.MAX_VALUE));
            }
        };

        private final String function;
        private final DataType type;

        Result(String function, DataType type) {
            this.function = function;
            this.type = type;
        }

        abstract Object of(TokenBuffer text, Tokenizer tokenizer, SpecialTokensPolicy policy);
    }

    private static Tokenize of(Result result, FunctionArguments arguments) {
        String special = arguments.text("special_tokens");
        SpecialTokensPolicy policy =
                special == null ? SpecialTokensPolicy.DOCUMENT : SpecialTokensPolicy.ofName(special);
        if (policy == SpecialTokensPolicy.CHUNK) {
            throw new InvalidInputException(
                    result.function + ": special_tokens is document or none; chunks are made by pack alone");
        }
        return new Tokenize(result, SharedTokenizers.named(arguments.text("tokenizer")), policy);
    }

    @Override
    public String name() {
        return result.function;
    }

    @Override
    public DataType[] inputTypes() {
        return new DataType[] {DataTypes.StringType};
    }

    @Override
    public DataType resultType() {
        return result.type;
    }

    @Override
    public Object call(Object[] arguments) {
        byte[] utf8 = (byte[]) arguments[0];
        SqlText.requireValid(name(), utf8);
        Tokenizer tokenizer = SharedTokenizers.of(source);
        TokenBuffer ids = IDS.get();
        ids.clear();
        long began = System.nanoTime();
        tokenizer.encode(utf8, 0, utf8.length, ids);
        TaskMetrics.current().tokenized(System.nanoTime() - began);
        TaskMetrics.current().tokens(ids.size());
        TaskMetrics.current().rows(1);
        return result.of(ids, tokenizer, policy);
    }
}
