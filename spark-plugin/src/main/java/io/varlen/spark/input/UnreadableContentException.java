package io.varlen.spark.input;

import java.io.IOException;

/** The bytes of a file are there but cannot be decoded: trying again would not help. */
final class UnreadableContentException extends IOException {
    UnreadableContentException(String message, Throwable cause) {
        super(message, cause);
    }
}
