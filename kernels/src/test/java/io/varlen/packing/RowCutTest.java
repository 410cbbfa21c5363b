package io.varlen.packing;

import static org.assertj.core.api.Assertions.assertThat;

import io.varlen.sequence.CuSeqlens;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RowCutTest {
    private static final int PAD = 9;
    private final Segment a = new Segment("a", 0, 1, 8, 2);
    private final Segment b = new Segment("b", 1, 0, 0, 1);
    private final Segment again = new Segment("a", 0, 2, 10, 3);
    private final PackedRow row = new PackedRow(
            7,
            new int[] {1, 2, 3, 4, 5, 6, PAD, PAD},
            6,
            CuSeqlens.ofLengths(2, 1, 3),
            List.of(a, b, again),
            new byte[] {0, 1, 1, 0, 0, 1, 0, 0});

    private PackedRow without(Set<String> docIds) {
        return RowCut.without(row, segment -> docIds.contains(segment.docId()), PAD)
                .orElse(null);
    }

    @Test
    void whatIsLeftMovesTogether() {
        PackedRow left = without(Set.of("b"));
        assertThat(left.rowId()).isEqualTo(7);
        assertThat(left.inputIds()).containsExactly(1, 2, 4, 5, 6, PAD, PAD, PAD);
        assertThat(left.nTokens()).isEqualTo(5);
        assertThat(left.cuSeqlens()).isEqualTo(CuSeqlens.ofLengths(2, 3));
        assertThat(left.segments()).containsExactly(a, again);
        assertThat(left.lossMask()).containsExactly(0, 1, 0, 0, 1, 0, 0, 0);
        assertThat(new RowCheck(8, PAD)
                        .damage(
                                left.inputIds(),
                                left.nTokens(),
                                left.cuSeqlens().toArray(),
                                left.segments(),
                                left.lossMask()))
                .isEmpty();
    }

    @Test
    void allSegmentsOfADocumentGo() {
        assertThat(without(Set.of("a")).inputIds()).containsExactly(3, PAD, PAD, PAD, PAD, PAD, PAD, PAD);
        assertThat(without(Set.of("a", "b"))).isNull();
    }

    @Test
    void aRowThatLosesNothingIsTheSame() {
        assertThat(without(Set.of("c"))).isSameAs(row);
    }
}
