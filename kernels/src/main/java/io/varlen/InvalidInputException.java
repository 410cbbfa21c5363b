package io.varlen;

import java.util.regex.Pattern;

/**
 * The caller's input or options are wrong, and only the caller can put them right.
 *
 * <p>The message is one line that says what is wrong, where (file, byte offset, document id, option), and what would be
 * right. The command line prints it as it is and exits with status 2.
 *
 * <p>Messages quote files that nobody vouches for, so that they are one line, cannot steer a terminal and have an end is seen to
 * here: line breaks become spaces, other control characters question marks, and behind {@value #MOST} characters there is an ellipsis.
 */
public class InvalidInputException extends RuntimeException {
    private static final int MOST = 1500;
    private static final Pattern LINE_BREAKS = Pattern.compile("\\s*\\R\\s*");
    /** Control characters, and what turns the direction of text around. */
    private static final Pattern CONTROLS = Pattern.compile("[\\p{Cc}\\p{Cs}\\u202A-\\u202E\\u2066-\\u2069]");

    public InvalidInputException(String message) {
        super(oneLine(message));
    }

    public InvalidInputException(String message, Throwable cause) {
        super(oneLine(message), cause);
    }

    /** Text that may hold anything, as one line that is not too long. */
    public static String oneLine(String text) {
        String line = text.length() <= MOST ? text : text.substring(0, MOST) + "…";
        return CONTROLS.matcher(LINE_BREAKS.matcher(line).replaceAll(" ")).replaceAll("?");
    }
}
