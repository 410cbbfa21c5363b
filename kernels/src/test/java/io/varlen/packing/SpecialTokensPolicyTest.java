package io.varlen.packing;

import static io.varlen.packing.SpecialTokensPolicy.CHUNK;
import static io.varlen.packing.SpecialTokensPolicy.DOCUMENT;
import static io.varlen.packing.SpecialTokensPolicy.NONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.InvalidInputException;
import io.varlen.tokenizer.SpecialTokens;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SpecialTokensPolicyTest {
    private static final SpecialTokens BERT = new SpecialTokens(new int[] {101}, new int[] {102}, 0);
    private static final SpecialTokens TIKTOKEN = new SpecialTokens(new int[0], new int[0], 7);

    @Test
    void documentSurroundsTheWholeText() {
        assertThat(DOCUMENT.sequenceOf(new int[] {9, 1, 2, 9}, 1, 3, BERT, 4)).containsExactly(101, 1, 2, 102);
        assertThat(DOCUMENT.addedSpecialTokens(4, BERT, 4)).isEqualTo(2);
    }

    @Test
    void noneAddsNothing() {
        assertThat(NONE.sequenceOf(new int[] {1, 2}, 0, 2, BERT, 1)).containsExactly(1, 2);
        assertThat(NONE.addedSpecialTokens(2, BERT, 1)).isZero();
    }

    @Test
    void chunkMakesEveryPieceACompleteInput() {
        int[] sequence = CHUNK.sequenceOf(new int[] {1, 2, 3, 4, 5}, 0, 5, BERT, 4);

        assertThat(sequence).containsExactly(101, 1, 2, 102, 101, 3, 4, 102, 101, 5, 102);
        assertThat(CHUNK.addedSpecialTokens(sequence.length, BERT, 4)).isEqualTo(6);
        assertThat(PackingRules.ofLength(4).pieces(new TokenizedDocument("d", 0, 0, sequence)))
                .extracting(piece -> Arrays.copyOfRange(sequence, piece.start(), piece.start() + piece.count()))
                .containsExactly(new int[] {101, 1, 2, 102}, new int[] {101, 3, 4, 102}, new int[] {101, 5, 102});
    }

    @Test
    void anEmptyTextHasTheTokensThatItsPolicyAdds() {
        for (SpecialTokensPolicy policy : List.of(DOCUMENT, CHUNK)) {
            assertThat(policy.sequenceOf(new int[0], 0, 0, BERT, 8)).containsExactly(101, 102);
            assertThat(policy.sequenceOf(new int[0], 0, 0, TIKTOKEN, 8)).isEmpty();
        }
        assertThat(NONE.sequenceOf(new int[0], 0, 0, BERT, 8)).isEmpty();
    }

    @Property
    void theTextComesBackAndTheLedgerBalances(
            @ForAll SpecialTokensPolicy policy,
            @ForAll @IntRange(min = 0, max = 3) int prefix,
            @ForAll @IntRange(min = 0, max = 3) int suffix,
            @ForAll @IntRange(min = 7, max = 12) int seqLen,
            @ForAll @Size(max = 60) int[] text) {
        SpecialTokens special = new SpecialTokens(
                IntStream.range(0, prefix).toArray(),
                IntStream.range(50, 50 + suffix).toArray(),
                0);
        int[] sequence = policy.sequenceOf(text, 0, text.length, special, seqLen);

        assertThat(policy.textOf(sequence, special, seqLen)).isEqualTo(text);
        assertThat(policy.addedSpecialTokens(sequence.length, special, seqLen))
                .isEqualTo(sequence.length - text.length);

        List<Piece> pieces = PackingRules.ofLength(seqLen).pieces(new TokenizedDocument("d", 0, 0, sequence));
        for (Piece piece : pieces) {
            assertThat(piece.start()).isEqualTo(piece.chunk() * seqLen);
            if (policy == CHUNK) {
                int[] ids = Arrays.copyOfRange(sequence, piece.start(), piece.start() + piece.count());
                int textStart = piece.start() - piece.chunk() * special.count();
                int[] part = Arrays.copyOfRange(text, textStart, textStart + ids.length - special.count());
                assertThat(DOCUMENT.sequenceOf(part, 0, part.length, special, seqLen))
                        .isEqualTo(ids);
            }
        }
        assertThat(pieces.stream().mapToInt(Piece::count).sum()).isEqualTo(sequence.length);
    }

    @Test
    void aSequenceWithoutItsSpecialTokensIsRefused() {
        assertThatThrownBy(() -> DOCUMENT.textOf(new int[] {101, 1, 103}, BERT, 8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("position 2");
        assertThatThrownBy(() -> CHUNK.textOf(new int[] {101, 1, 2, 102, 5, 3, 102}, BERT, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("position 4");
        assertThatThrownBy(() -> CHUNK.textOf(new int[] {101, 1, 2, 102, 101, 102}, BERT, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("position 4");
        assertThatThrownBy(() -> DOCUMENT.textOf(new int[] {101}, BERT, 8))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void chunkNeedsRoomForText() {
        assertThatThrownBy(() -> CHUNK.sequenceOf(new int[] {1}, 0, 1, BERT, 2))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("at least 3");
        assertThat(CHUNK.sequenceOf(new int[] {1, 2}, 0, 2, BERT, 3)).containsExactly(101, 1, 102, 101, 2, 102);
    }

    @Test
    void policiesHaveTheirNames() {
        assertThat(List.of("document", "none", "chunk"))
                .map(SpecialTokensPolicy::ofName)
                .containsExactly(DOCUMENT, NONE, CHUNK);
        assertThatThrownBy(() -> SpecialTokensPolicy.ofName("Document"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("document, none, chunk");
    }
}
