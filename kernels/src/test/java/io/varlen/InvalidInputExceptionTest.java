package io.varlen;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InvalidInputExceptionTest {
    @Test
    void leavesAMessageThatIsOneLineAsItIs() {
        String message = "données/漢字.jsonl at 12: the value of 'text' is no string 👩‍🔬";
        assertThat(new InvalidInputException(message)).hasMessage(message);
        assertThat(new InvalidInputException(message, new IllegalStateException()))
                .hasMessage(message);
    }

    @Test
    void makesOneLineOfWhatAFileMayHold() {
        assertThat(new InvalidInputException("a \r\n  b\nc\u2028d\u0085e")).hasMessage("a b c d e");
        assertThat(new InvalidInputException("\u001b[2Ja\u0000b\tc\u202etxt.exe\ud800"))
                .hasMessage("?[2Ja?b?c?txt.exe?");
    }

    @Test
    void cutsWhatHasNoEnd() {
        assertThat(new InvalidInputException("x".repeat(1_000_000)).getMessage())
                .hasSize(1501)
                .endsWith("x…");
    }
}
