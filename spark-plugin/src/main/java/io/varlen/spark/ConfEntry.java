package io.varlen.spark;

import io.varlen.InvalidInputException;
import java.util.Optional;
import java.util.function.Function;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/**
 * One configuration key.
 *
 * @param key the full name, {@code spark.varlen.<group>.<camelCase>}
 * @param doc one sentence for the reader of a table of keys
 * @param defaultText what holds where the key is not set, in words or as the value itself
 * @param parser makes the value of its text; throws {@link IllegalArgumentException} saying what would be right
 */
public record ConfEntry<T>(String key, String doc, String defaultText, Function<String, T> parser) {

    /**
     * The value set in {@code conf}, if any.
     *
     * @throws InvalidInputException if the value cannot be read
     */
    public Optional<T> get(SparkConf conf) {
        return conf.contains(key) ? Optional.of(parse(conf.get(key))) : Optional.empty();
    }

    /**
     * The value set in the session, which has those of its application too, if any.
     *
     * @throws InvalidInputException if the value cannot be read
     */
    public Optional<T> get(SparkSession spark) {
        return spark.conf().contains(key) ? Optional.of(parse(spark.conf().get(key))) : Optional.empty();
    }

    private T parse(String text) {
        try {
            return parser.apply(text.strip());
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(key + "=" + text + ": " + e.getMessage(), e);
        }
    }
}
