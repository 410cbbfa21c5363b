package io.varlen.spark.function;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A SQL function as a session knows it: what it takes, its documentation, and what a call of it becomes.
 *
 * @param name as in SQL
 * @param usage one sentence: what it gives
 * @param parameters in their order; behind an optional one all are optional
 * @param examples that hold as they are
 * @param binding makes a call of its constants, on the driver, once per place in a query
 */
public record FunctionDefinition(
        String name,
        String usage,
        List<FunctionParameter> parameters,
        List<FunctionExample> examples,
        Binding binding) {
    /** What a call in a query becomes. */
    public interface Binding {
        /** @throws io.varlen.InvalidInputException if constants or types are not what the function takes */
        SqlFunction bind(FunctionArguments arguments);
    }

    public FunctionDefinition {
        parameters = List.copyOf(parameters);
        examples = List.copyOf(examples);
    }

    /** How many arguments a call has at least. */
    public int required() {
        return (int)
                parameters.stream().filter(parameter -> !parameter.optional()).count();
    }

    /** The parameters as in SQL: {@code (text, tokenizer[, special_tokens])}. */
    public String signature() {
        String always = names(parameters.subList(0, required()), ", ");
        List<FunctionParameter> rest = parameters.subList(required(), parameters.size());
        return "(" + always + rest.stream().map(p -> "[, " + p.name()).collect(Collectors.joining())
                + "]".repeat(rest.size()) + ")";
    }

    private static String names(List<FunctionParameter> parameters, String separator) {
        return parameters.stream().map(FunctionParameter::name).collect(Collectors.joining(separator));
    }
}
