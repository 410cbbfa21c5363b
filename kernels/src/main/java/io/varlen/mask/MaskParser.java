package io.varlen.mask;

import io.varlen.InvalidInputException;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads masks as {@link Mask#toString} writes them. */
final class MaskParser {
    private static final Pattern CALL = Pattern.compile("([a-z_]+)\\s*(?:\\(([^()]*)\\))?");

    private final String text;

    MaskParser(String text) {
        this.text = text;
    }

    Mask parse() {
        return Arrays.stream(text.split("&", -1))
                .map(this::one)
                .reduce(Mask::and)
                .orElseThrow();
    }

    private Mask one(String part) {
        Matcher call = CALL.matcher(part.strip());
        if (!call.matches()) {
            throw wrong("'" + part.strip() + "' is none");
        }
        String name = call.group(1);
        int[] numbers = call.group(2) == null ? new int[0] : numbers(name, call.group(2));
        try {
            return switch (name) {
                case "full" -> of(name, numbers, 0, Mask.full());
                case "causal" -> of(name, numbers, 0, Mask.causal());
                case "sliding_window" -> {
                    require(name, numbers, 2);
                    yield Mask.slidingWindow(numbers[0], numbers[1]);
                }
                case "chunked" -> {
                    require(name, numbers, 1);
                    yield Mask.chunked(numbers[0]);
                }
                case "prefix" -> {
                    require(name, numbers, 1);
                    yield Mask.prefix(numbers[0]);
                }
                default -> throw wrong("there is no '" + name + "'");
            };
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
    }

    private Mask of(String name, int[] numbers, int count, Mask mask) {
        require(name, numbers, count);
        return mask;
    }

    private void require(String name, int[] numbers, int count) {
        if (numbers.length != count) {
            throw wrong("'" + name + "' takes " + count + (count == 1 ? " number, not " : " numbers, not ")
                    + numbers.length);
        }
    }

    private int[] numbers(String name, String list) {
        String[] words = list.isBlank() ? new String[0] : list.split(",", -1);
        int[] numbers = new int[words.length];
        for (int i = 0; i < words.length; i++) {
            try {
                numbers[i] = Integer.parseInt(words[i].strip());
            } catch (NumberFormatException e) {
                throw wrong("'" + words[i].strip() + "' of '" + name + "' is no whole number");
            }
        }
        return numbers;
    }

    private InvalidInputException wrong(String what) {
        return new InvalidInputException("mask '" + text + "': " + what
                + "; masks are full, causal, sliding_window(left, right), chunked(size), prefix(length), or several of them"
                + " joined by &");
    }
}
