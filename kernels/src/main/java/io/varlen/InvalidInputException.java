package io.varlen;

/**
 * The caller's input or options are wrong, and only the caller can put them right.
 *
 * <p>The message is one line that says what is wrong, where (file, byte offset, document id, option), and what would be
 * right. The command line prints it as it is and exits with status 2.
 */
public class InvalidInputException extends RuntimeException {
    public InvalidInputException(String message) {
        super(message);
    }

    public InvalidInputException(String message, Throwable cause) {
        super(message, cause);
    }
}
