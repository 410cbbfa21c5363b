package io.varlen.spark.frame;

import io.varlen.InvalidInputException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Options as text, by the names that they have on the command line; a default is what holds where one is not given. */
final class OptionValues {
    private final FrameJob job;
    private final Map<String, String> values;

    /** @param values by their right names, see {@link FrameJob#named} */
    OptionValues(FrameJob job, Map<String, String> values) {
        this.job = job;
        this.values = values;
    }

    boolean given(String name) {
        return values.containsKey(name);
    }

    String text(String name, String otherwise) {
        return values.getOrDefault(name, otherwise);
    }

    /** @throws InvalidInputException if it is not given */
    String required(String name) {
        if (!given(name)) {
            throw new InvalidInputException("the option " + name + " of " + job.optionName() + " is missing");
        }
        return values.get(name);
    }

    Integer integer(String name, Integer otherwise) {
        return parsed(name, Integer::valueOf, otherwise, "a whole number up to " + Integer.MAX_VALUE);
    }

    /** @throws InvalidInputException if it is not given, or is not whole numbers with commas between them */
    List<Integer> integers(String name) {
        String right = "whole numbers up to " + Integer.MAX_VALUE + ", with commas between them";
        required(name);
        return parsed(
                name,
                text -> Arrays.stream(text.split("\\s*,\\s*"))
                        .map(Integer::valueOf)
                        .toList(),
                null,
                right);
    }

    Long whole(String name, Long otherwise) {
        return parsed(name, Long::valueOf, otherwise, "a whole number up to " + Long.MAX_VALUE);
    }

    /** Given without a value, it is true. */
    boolean flag(String name) {
        if (!given(name)) {
            return false;
        }
        return switch (values.get(name)) {
            case "true", "" -> true;
            case "false" -> false;
            default ->
                throw new InvalidInputException(
                        "the option " + name + " is '" + values.get(name) + "'; it is true or false");
        };
    }

    /** @param parser throws an {@link InvalidInputException} that says what would be right */
    <T> T named(String name, Function<String, T> parser, T otherwise) {
        try {
            return given(name) ? parser.apply(values.get(name)) : otherwise;
        } catch (InvalidInputException e) {
            throw new InvalidInputException("the option " + name + ": " + e.getMessage(), e);
        }
    }

    private <T> T parsed(String name, Function<String, T> parser, T otherwise, String right) {
        try {
            return given(name) ? parser.apply(values.get(name).strip()) : otherwise;
        } catch (NumberFormatException e) {
            throw new InvalidInputException("the option " + name + " is '" + values.get(name) + "'; it is " + right, e);
        }
    }
}
