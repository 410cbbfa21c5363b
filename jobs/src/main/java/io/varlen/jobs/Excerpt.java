package io.varlen.jobs;

/** Text cut to fit a line of the screen: white space is one blank, and nothing that could steer a terminal is left. */
final class Excerpt {
    private Excerpt() {}

    /** The beginning, up to {@code length} characters. */
    static String start(String text, int length) {
        String line = oneLine(text);
        return line.length() <= length ? line : cut(line, 0, length - 2) + " …";
    }

    /** The beginning and the end, up to {@code length} characters together. */
    static String ends(String text, int length) {
        String line = oneLine(text);
        int part = (length - 3) / 2;
        return line.length() <= length
                ? line
                : cut(line, 0, part) + " … " + cut(line, line.length() - part, line.length());
    }

    private static String oneLine(String text) {
        return text.strip().replaceAll("\\s+", " ").replaceAll("\\p{Cntrl}", "�");
    }

    /** A substring that splits no surrogate pair. */
    private static String cut(String line, int from, int to) {
        int start = from > 0 && Character.isLowSurrogate(line.charAt(from)) ? from + 1 : from;
        int end = to < line.length() && Character.isLowSurrogate(line.charAt(to)) ? to - 1 : to;
        return line.substring(start, end).strip();
    }
}
