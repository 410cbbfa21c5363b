package io.varlen;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** One of a few values that options and manifests have names for. */
public final class Choice {
    private Choice() {}

    /**
     * The value of exactly that name.
     *
     * @param what they are, as in "there is no {@code what} 'x'"
     * @param name may be null, which none has
     * @throws InvalidInputException naming those there are, and the one that was likely meant
     */
    public static <E> E ofName(String what, E[] values, Function<E, String> nameOf, String name) {
        List<String> names = Arrays.stream(values).map(nameOf).toList();
        int index = name == null ? -1 : names.indexOf(name);
        if (index < 0) {
            throw new InvalidInputException("there is no " + what + " '" + name + "'; it is "
                    + (names.size() == 2 ? String.join(" or ", names) : "one of " + String.join(", ", names))
                    + (name == null ? "" : Nearest.didYouMean(name, names, "")));
        }
        return values[index];
    }
}
