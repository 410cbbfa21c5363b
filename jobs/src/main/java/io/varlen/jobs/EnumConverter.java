package io.varlen.jobs;

import io.varlen.Nearest;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine;

/** Constants of an enum by their names on the command line. */
final class EnumConverter<E extends Enum<E>> implements CommandLine.ITypeConverter<E> {
    private final List<E> constants;
    private final List<String> names;

    EnumConverter(E[] constants, Function<E, String> name) {
        this.constants = List.of(constants);
        this.names = Arrays.stream(constants).map(name).toList();
    }

    @Override
    public E convert(String text) {
        int index = names.indexOf(text);
        if (index < 0) {
            throw new CommandLine.TypeConversionException(
                    "it is one of " + String.join(", ", names) + Nearest.didYouMean(text, names, ""));
        }
        return constants.get(index);
    }
}
