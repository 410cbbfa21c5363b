package io.varlen.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenBufferTest {
    @Test
    void roomIsKeptFromTextToTextButNotThatOfAnUnusuallyLongOne() {
        TokenBuffer buffer = new TokenBuffer();
        buffer.addAll(IntStream.range(0, 500_000).toArray());
        int room = buffer.capacity();
        buffer.clear();
        assertThat(buffer.capacity()).isEqualTo(room);

        buffer.addAll(IntStream.range(0, 2_000_000).toArray());
        buffer.clear();
        assertThat(buffer.capacity()).isLessThan(1000);
        assertThat(buffer.size()).isZero();

        buffer.addAll(new int[] {7, 8, 9});
        assertThat(buffer.toArray()).containsExactly(7, 8, 9);
    }
}
