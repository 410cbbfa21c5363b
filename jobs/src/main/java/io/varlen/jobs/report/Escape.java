package io.varlen.jobs.report;

/** Text that anybody may have written, for HTML. */
final class Escape {
    private Escape() {}

    /**
     * Appends the text so that it is text in an element and in an attribute's value between double quotes. What would steer the
     * page unseen, control characters and those that turn the direction of writing, becomes U+FFFD.
     */
    static void into(StringBuilder page, String text) {
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> page.append("&amp;");
                case '<' -> page.append("&lt;");
                case '>' -> page.append("&gt;");
                case '"' -> page.append("&quot;");
                case '\'' -> page.append("&#39;");
                default -> page.appendCodePoint(isSeen(c) ? c : 0xFFFD);
            }
        });
    }

    /** The text with U+FFFD in place of what would steer a page unseen, for charts, which escape the rest. */
    static String visible(String text) {
        return text.codePoints()
                .map(c -> isSeen(c) ? c : 0xFFFD)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static boolean isSeen(int c) {
        boolean noncharacter = (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
        boolean direction = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F;
        boolean surrogate = c >= 0xD800 && c <= 0xDFFF;
        return !noncharacter && !direction && !surrogate && (c == '\n' || !Character.isISOControl(c));
    }
}
