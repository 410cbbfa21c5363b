package io.varlen.sequence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class CuSeqlensTest {

    @Property
    void lengthsComeBack(@ForAll @Size(max = 40) List<@IntRange(min = 0, max = 9) Integer> list) {
        int[] lengths = list.stream().mapToInt(i -> i).toArray();
        CuSeqlens cuSeqlens = CuSeqlens.ofLengths(lengths);

        assertThat(cuSeqlens.count()).isEqualTo(lengths.length);
        assertThat(cuSeqlens.total()).isEqualTo(Arrays.stream(lengths).sum());
        assertThat(cuSeqlens.maxLength()).isEqualTo(Arrays.stream(lengths).max().orElse(0));
        int start = 0;
        for (int i = 0; i < lengths.length; i++) {
            assertThat(cuSeqlens.start(i)).isEqualTo(start);
            assertThat(cuSeqlens.length(i)).isEqualTo(lengths[i]);
            start += lengths[i];
            assertThat(cuSeqlens.end(i)).isEqualTo(start);
        }
        assertThat(CuSeqlens.ofOffsets(cuSeqlens.toArray()))
                .isEqualTo(cuSeqlens)
                .hasSameHashCodeAs(cuSeqlens);
    }

    @Test
    void positionsRestartAndSegmentsCountAtEveryBoundary() {
        CuSeqlens cuSeqlens = CuSeqlens.ofLengths(3, 0, 2, 0);

        assertThat(cuSeqlens.toArray()).containsExactly(0, 3, 3, 5, 5);
        assertThat(cuSeqlens.positionIds()).containsExactly(0, 1, 2, 0, 1);
        assertThat(cuSeqlens.segmentIds()).containsExactly(0, 0, 0, 2, 2);
    }

    @Property
    void positionIdsComeBack(@ForAll @Size(max = 40) List<@IntRange(min = 1, max = 9) Integer> list) {
        CuSeqlens cuSeqlens = CuSeqlens.ofLengths(list.stream().mapToInt(i -> i).toArray());
        assertThat(CuSeqlens.ofPositionIds(cuSeqlens.positionIds())).isEqualTo(cuSeqlens);
        assertThat(CuSeqlens.ofSegmentIds(cuSeqlens.segmentIds())).isEqualTo(cuSeqlens);
        assertThat(CuSeqlens.ofLengths(cuSeqlens.lengths())).isEqualTo(cuSeqlens);
    }

    @Test
    void wrongPositionsAreRefusedWithTheirPlace() {
        assertThatThrownBy(() -> CuSeqlens.ofPositionIds(1, 2)).hasMessageContaining("position 1 of token 0");
        assertThatThrownBy(() -> CuSeqlens.ofPositionIds(0, 1, 3)).hasMessageContaining("3 of token 2 follows 1");
        assertThatThrownBy(() -> CuSeqlens.ofPositionIds(0, 1, 1)).hasMessageContaining("1 of token 2 follows 1");
        assertThatThrownBy(() -> CuSeqlens.ofPositionIds(0, -1)).hasMessageContaining("-1 of token 1");
    }

    @Test
    void segmentIdsMayEndWithPaddingAndElseCountUp() {
        assertThat(CuSeqlens.ofSegmentIds(0, 0, 1, -1, -1)).isEqualTo(CuSeqlens.ofOffsets(0, 2, 3));
        assertThat(CuSeqlens.ofSegmentIds(-1)).isEqualTo(CuSeqlens.ofOffsets(0));
        assertThat(CuSeqlens.ofSegmentIds()).isEqualTo(CuSeqlens.ofOffsets(0));
        assertThatThrownBy(() -> CuSeqlens.ofSegmentIds(1))
                .hasMessageContaining("segment 1 of token 0; the first is 0");
        assertThatThrownBy(() -> CuSeqlens.ofSegmentIds(0, 2)).hasMessageContaining("2 of token 1 follows segment 0");
        assertThatThrownBy(() -> CuSeqlens.ofSegmentIds(0, 1, 0))
                .hasMessageContaining("0 of token 2 follows segment 1");
        assertThatThrownBy(() -> CuSeqlens.ofSegmentIds(0, -2)).hasMessageContaining("segment -2 of token 1; it is");
        assertThatThrownBy(() -> CuSeqlens.ofSegmentIds(0, -1, 0)).hasMessageContaining("0 of token 2 follows padding");
        assertThatThrownBy(() -> CuSeqlens.ofSegmentIds(0, -1, 1)).hasMessageContaining("1 of token 2 follows padding");
    }

    @Test
    void nothingFromOutsideChangesIt() {
        int[] offsets = {0, 2, 4};
        CuSeqlens cuSeqlens = CuSeqlens.ofOffsets(offsets);
        offsets[1] = 3;
        cuSeqlens.toArray()[2] = 9;

        assertThat(cuSeqlens.toArray()).containsExactly(0, 2, 4);
    }

    @Test
    void wrongOffsetsAreRefusedWithTheirPlace() {
        assertThatThrownBy(CuSeqlens::ofOffsets).hasMessageContaining("start with 0");
        assertThatThrownBy(() -> CuSeqlens.ofOffsets(1, 2)).hasMessageContaining("start with 0");
        assertThatThrownBy(() -> CuSeqlens.ofOffsets(0, 5, 4)).hasMessageContaining("from 5 to 4 at index 2");
        assertThatThrownBy(() -> CuSeqlens.ofLengths(1, -1)).hasMessageContaining("length -1 of sequence 1");
        assertThatThrownBy(() -> CuSeqlens.ofLengths(Integer.MAX_VALUE, 1)).hasMessageContaining("int32");
    }
}
