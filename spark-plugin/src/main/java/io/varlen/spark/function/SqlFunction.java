package io.varlen.spark.function;

import java.io.Serializable;
import org.apache.spark.sql.types.DataType;

/**
 * What one call of a SQL function in a query computes, without a word about how Spark or an accelerator evaluates it. Its
 * constants (tokenizer, model, options) are fields, resolved on the driver; two of the same constants are equal, so that
 * Spark recognises a cached plan. Deterministic, and called by many threads at once.
 *
 * <p>Arguments and results are plain Java, also as elements of what is nested:
 *
 * <table>
 * <caption>Java for each Spark type</caption>
 * <tr><th>Spark</th><th>Java</th></tr>
 * <tr><td>{@code string}</td><td>{@code byte[]}, its UTF-8, which is not known to be valid</td></tr>
 * <tr><td>{@code binary}</td><td>{@code byte[]}</td></tr>
 * <tr><td>{@code int}, {@code bigint}, {@code double}, {@code boolean}</td><td>the boxed number</td></tr>
 * <tr><td>{@code array<int>}, {@code array<bigint>}, {@code array<float>}, {@code array<double>}</td><td>{@code int[]},
 *     {@code long[]}, {@code float[]}, {@code double[]}; an argument never has a null element</td></tr>
 * <tr><td>{@code array<string>}</td><td>{@code byte[][]}, null for a null element</td></tr>
 * <tr><td>{@code array<array<int>>}, {@code array<array<float>>}</td><td>{@code int[][]}, {@code float[][]}, null for a null
 *     element</td></tr>
 * <tr><td>{@code struct}</td><td>{@code Object[]} of its fields</td></tr>
 * <tr><td>{@code array<struct>}</td><td>{@code Object[][]}</td></tr>
 * </table>
 */
public interface SqlFunction extends Serializable {
    /** As in SQL. */
    String name();

    /** Of the arguments that are not constants. Whether an array may hold null is of no account. */
    DataType[] inputTypes();

    /** Of what {@link #call} returns. */
    DataType resultType();

    /**
     * The value for one row; may be null.
     *
     * @param arguments as many as {@link #inputTypes}, none of them null: a null argument gives a null result without a call
     * @throws io.varlen.InvalidInputException if they are not what the function takes
     */
    Object call(Object[] arguments);
}
