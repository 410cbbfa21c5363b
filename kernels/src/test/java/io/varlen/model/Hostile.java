package io.varlen.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.varlen.InvalidInputException;

/** What may happen when an untrusted file is read: it is taken, or refused in one line. */
final class Hostile {
    private Hostile() {}

    /** Runs a reader; whatever it throws but a refusal fails the test. True if the file was refused. */
    static boolean refused(Runnable reader) {
        try {
            reader.run();
            return false;
        } catch (InvalidInputException e) {
            assertThat(e.getMessage()).isNotBlank().hasLineCount(1).hasSizeLessThan(1000);
            assertThat(e.getMessage().codePoints().noneMatch(Character::isISOControl))
                    .isTrue();
            return true;
        }
    }
}
