package io.varlen.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.InvalidInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A mask's text is the mask. */
class MaskParserTest {
    @Test
    void whatAMaskIsCalledIsRead() {
        Mask[] masks = {
            Mask.full(),
            Mask.causal(),
            Mask.slidingWindow(3, 0),
            Mask.slidingWindow(Mask.UNLIMITED, 7),
            Mask.chunked(8),
            Mask.prefix(5),
            Mask.chunked(8).and(Mask.causal()).and(Mask.slidingWindow(0, 0))
        };
        for (Mask mask : masks) {
            assertThat(Mask.parse(mask.toString())).isEqualTo(mask);
        }
        assertThat(Mask.parse(" sliding_window( -1 ,0)&prefix (2) "))
                .isEqualTo(Mask.causal().and(Mask.prefix(2)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "casual | there is no 'casual'",
                "'' | '' is none",
                "causal & | '' is none",
                "causal(1) | 'causal' takes 0 numbers, not 1",
                "chunked | 'chunked' takes 1 number, not 0",
                "chunked() | 'chunked' takes 1 number, not 0",
                "sliding_window(1) | 'sliding_window' takes 2 numbers, not 1",
                "chunked(0) | chunks of 0 keys",
                "sliding_window(-2, 0) | a sliding window of (-2, 0)",
                "prefix(1, 2) | 'prefix' takes 1 number, not 2",
                "prefix(1.5) | '1.5' of 'prefix' is no whole number",
                "prefix(9999999999) | '9999999999' of 'prefix' is no whole number",
                "(causal) | '(causal)' is none",
                "document | there is no 'document'"
            })
    void whatIsNoMaskIsRefused(String text, String problem) {
        assertThatThrownBy(() -> Mask.parse(text))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(problem)
                .hasMessageContaining("masks are full, causal");
    }
}
