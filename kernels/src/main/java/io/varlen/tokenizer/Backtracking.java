package io.varlen.tokenizer;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Bounds how far an Oniguruma regular expression can backtrack. The native library aborts the JVM when one match takes
 * more than ten million retries, so only expressions whose retries grow at most linearly with the text are let through.
 *
 * <p>An element that can fail behind k unbounded repetitions may be retried n^k times, and each optional element before
 * it doubles that. A repeated group may be exponential, so groups may only be optional.
 */
final class Backtracking {
    /** The expression is not of a kind whose backtracking is bounded here. */
    static final class UnboundedException extends Exception {
        UnboundedException(String message) {
            super(message);
        }
    }

    private Backtracking() {}

    /**
     * How many retries one match of {@code regex} takes at most, per character of the text.
     *
     * @throws UnboundedException if the retries may grow more than linearly, or the expression is not understood
     */
    static int retriesPerCharacter(String regex) throws UnboundedException {
        Parser parser = new Parser(regex);
        Cost cost = parser.alternatives();
        if (parser.at < regex.length()) {
            throw new UnboundedException("has an unmatched ')' at " + parser.at);
        }
        if (cost.degree > 1 || cost.doublings > 8) {
            throw new UnboundedException("may backtrack more than linearly");
        }
        return parser.fragile << cost.doublings;
    }

    /**
     * What a part of an expression may cost.
     *
     * @param unbounded how many unbounded repetitions follow each other
     * @param optional how many doublings do
     * @param canFail whether the part may fail to match
     * @param degree the most unbounded repetitions before an element that can fail
     * @param doublings the most doublings before such an element
     */
    private record Cost(int unbounded, int optional, boolean canFail, int degree, int doublings) {
        static final Cost NOTHING = new Cost(0, 0, false, 0, 0);
        static final Cost ONE_CHARACTER = new Cost(0, 0, true, 0, 0);

        Cost then(Cost next) {
            return new Cost(
                    unbounded + next.unbounded,
                    optional + next.optional,
                    canFail || next.canFail,
                    Math.max(degree, next.degree + (next.canFail ? unbounded : 0)),
                    Math.max(doublings, next.doublings + (next.canFail ? optional : 0)));
        }

        Cost or(Cost other) {
            return new Cost(
                    Math.max(unbounded, other.unbounded),
                    Math.max(optional, other.optional),
                    canFail || other.canFail,
                    Math.max(degree, other.degree),
                    Math.max(doublings, other.doublings));
        }
    }

    private static final class Parser {
        private static final Pattern INTERVAL = Pattern.compile("\\{(?=[0-9]|,[0-9])([0-9]{0,6})(,([0-9]{0,6}))?}");

        private static final Pattern GROUP_KIND = Pattern.compile("\\?(?:(=|!|<=|<!)|(>)|[ims]*(?:-[ims]+)?:)");

        private final String regex;
        private int at;
        private int depth;
        private int unboundedBefore; // in the sequences around the cursor
        private int fragile; // elements that can fail behind an unbounded repetition

        Parser(String regex) {
            this.regex = regex;
        }

        Cost alternatives() throws UnboundedException {
            Cost cost = sequence();
            while (peek() == '|') {
                at++;
                cost = cost.or(sequence());
            }
            return cost;
        }

        private Cost sequence() throws UnboundedException {
            Cost cost = Cost.NOTHING;
            int outer = unboundedBefore;
            while (at < regex.length() && peek() != '|' && peek() != ')') {
                unboundedBefore = outer + cost.unbounded;
                Cost next = quantified();
                fragile += next.canFail && outer + cost.unbounded > 0 ? 1 : 0;
                cost = cost.then(next);
            }
            unboundedBefore = outer;
            return cost;
        }

        private Cost quantified() throws UnboundedException {
            boolean group = peek() == '(';
            Cost atom = group ? group() : character();
            int[] range = quantifier();
            if (range == null) {
                return atom;
            }
            int min = range[0];
            int max = range[1];
            if (peek() == '?' || peek() == '+' && regex.charAt(at - 1) != '}') {
                at++;
            }
            if (quantifier() != null) {
                throw new UnboundedException("stacks quantifiers at " + at);
            }
            if (group && max > 1) {
                throw new UnboundedException("repeats a group before " + at);
            }
            boolean unbounded = max - min > 3;
            int optional = unbounded ? 0 : Integer.SIZE - Integer.numberOfLeadingZeros(max - min);
            return new Cost(
                    atom.unbounded + (unbounded ? 1 : 0),
                    atom.optional + optional,
                    atom.canFail && min > 0,
                    atom.degree,
                    atom.doublings);
        }

        /** The range of the quantifier at the cursor, which is passed over; null if there is none. */
        private int[] quantifier() {
            switch (peek()) {
                case '*' -> {
                    at++;
                    return new int[] {0, Integer.MAX_VALUE};
                }
                case '+' -> {
                    at++;
                    return new int[] {1, Integer.MAX_VALUE};
                }
                case '?' -> {
                    at++;
                    return new int[] {0, 1};
                }
                case '{' -> {
                    return interval();
                }
                default -> {
                    return null;
                }
            }
        }

        /** {@code {n}}, {@code {n,}}, {@code {,m}} or {@code {n,m}}; any other brace is a character. */
        private int[] interval() {
            Matcher matcher = INTERVAL.matcher(regex).region(at, regex.length());
            if (!matcher.lookingAt()) {
                return null;
            }
            at = matcher.end();
            String low = matcher.group(1);
            String high = matcher.group(3);
            int min = low.isEmpty() ? 0 : Integer.parseInt(low);
            int max = matcher.group(2) == null ? min : high.isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(high);
            return new int[] {min, Math.max(min, max)};
        }

        private Cost group() throws UnboundedException {
            if (++depth > 50) {
                throw new UnboundedException("nests groups too deeply");
            }
            at++;
            boolean assertion = false;
            boolean atomic = false;
            if (peek() == '?') {
                Matcher matcher = GROUP_KIND.matcher(regex).region(at, regex.length());
                if (!matcher.lookingAt()) {
                    throw new UnboundedException("has a group that is not understood at " + at);
                }
                at = matcher.end();
                assertion = matcher.group(1) != null;
                atomic = matcher.group(2) != null;
            }
            Cost inner = alternatives();
            if (peek() != ')') {
                throw new UnboundedException("has an unmatched '('");
            }
            at++;
            depth--;
            boolean forgets = assertion || atomic;
            return new Cost(
                    forgets ? 0 : inner.unbounded,
                    forgets ? 0 : inner.optional,
                    assertion || inner.canFail,
                    inner.degree,
                    inner.doublings);
        }

        private Cost character() throws UnboundedException {
            char first = regex.charAt(at++);
            if (first == '[') {
                characterClass();
            } else if (first == '\\') {
                escape();
            } else if (first == '*' || first == '+' || first == '?') {
                throw new UnboundedException("has nothing to repeat at " + (at - 1));
            }
            return Cost.ONE_CHARACTER;
        }

        private void characterClass() throws UnboundedException {
            int open = 1;
            boolean start = true;
            while (open > 0) {
                if (at >= regex.length()) {
                    throw new UnboundedException("has an unmatched '['");
                }
                char c = regex.charAt(at++);
                if (c == '\\') {
                    at++;
                } else if (c == '[') {
                    open++;
                } else if (c == ']' && !start) {
                    open--;
                }
                start = start && c == '^';
            }
        }

        private void escape() throws UnboundedException {
            if (at >= regex.length()) {
                throw new UnboundedException("ends with a backslash");
            }
            char kind = regex.charAt(at++);
            if (kind >= '1' && kind <= '9' || kind == 'k' || kind == 'g' || kind == 'K') {
                throw new UnboundedException("refers back at " + (at - 2));
            }
            if ((kind == 'p' || kind == 'P' || kind == 'x') && peek() == '{') {
                at = regex.indexOf('}', at) + 1;
                if (at == 0) {
                    at = regex.length();
                }
            }
        }

        private char peek() {
            return at < regex.length() ? regex.charAt(at) : '\0';
        }
    }
}
