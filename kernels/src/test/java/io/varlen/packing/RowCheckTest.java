package io.varlen.packing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RowCheckTest {
    private static final RowCheck CHECK = new RowCheck(6, 9);

    /** A sound row whose columns a test damages one by one. */
    private static final class Row {
        int[] inputIds = {1, 2, 3, 4, 9, 9};
        Integer nTokens = 4;
        int[] cuSeqlens = {0, 3, 4};
        List<Segment> segments = new ArrayList<>(List.of(new Segment("a", 0, 0, 0, 3), new Segment("b", 1, 2, 12, 1)));
        byte[] lossMask = {1, 1, 0, 1, 0, 0};
    }

    private interface Edit {
        void on(Row row);
    }

    @Test
    void aSoundRowHasNoDamage() {
        Row row = new Row();
        assertThat(CHECK.damage(row.inputIds, row.nTokens, row.cuSeqlens, row.segments, row.lossMask))
                .isEmpty();
        assertThat(CHECK.damage(row.inputIds, row.nTokens, row.cuSeqlens, row.segments, null))
                .isEmpty();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("edits")
    void damageNamesItsColumn(String column, String what, Edit edit) {
        Row row = new Row();
        edit.on(row);

        assertThat(CHECK.damage(row.inputIds, row.nTokens, row.cuSeqlens, row.segments, row.lossMask))
                .hasValueSatisfying(damage -> {
                    assertThat(damage.column()).isEqualTo(column);
                    assertThat(damage.toString()).startsWith(column + ": ").contains(what);
                });
    }

    static Stream<Arguments> edits() {
        return Stream.of(
                edit("n_tokens", "is null", r -> r.nTokens = null),
                edit("n_tokens", "is 0", r -> r.nTokens = 0),
                edit("n_tokens", "is 7", r -> r.nTokens = 7),
                edit("n_tokens", "is -1", r -> r.nTokens = -1),
                edit("input_ids", "is null", r -> r.inputIds = null),
                edit("input_ids", "has 5 entries", r -> r.inputIds = Arrays.copyOf(r.inputIds, 5)),
                edit("input_ids", "negative id -1 at position 1", r -> r.inputIds[1] = -1),
                edit("input_ids", "holds 8 at position 5", r -> r.inputIds[5] = 8),
                edit("input_ids", "holds 4 at position 3", r -> r.nTokens = 3),
                edit("cu_seqlens", "is null", r -> r.cuSeqlens = null),
                edit("cu_seqlens", "has 1 entries", r -> r.cuSeqlens = new int[] {0}),
                edit("cu_seqlens", "starts with 1", r -> r.cuSeqlens[0] = 1),
                edit("cu_seqlens", "from 4 to 4 at entry 2", r -> r.cuSeqlens[1] = 4),
                edit("cu_seqlens", "from 5 to 4 at entry 2", r -> r.cuSeqlens[1] = 5),
                edit("cu_seqlens", "ends with 5", r -> r.cuSeqlens[2] = 5),
                edit("segments", "is null", r -> r.segments = null),
                edit("segments", "has 1 entries", r -> r.segments.remove(0)),
                edit("segments", "entry 1 is null", r -> r.segments.set(1, null)),
                edit("segments", "entry 0 is null", r -> r.segments.set(0, new Segment(null, 0, 0, 0, 3))),
                edit("segments", "token_count 2", r -> r.segments.set(0, new Segment("a", 0, 0, 0, 2))),
                edit("segments", "negative", r -> r.segments.set(0, new Segment("a", -1, 0, 0, 3))),
                edit("segments", "negative", r -> r.segments.set(0, new Segment("a", 0, -1, 0, 3))),
                edit("segments", "negative", r -> r.segments.set(0, new Segment("a", 0, 0, -1, 3))),
                edit("loss_mask", "has 5 entries", r -> r.lossMask = new byte[5]));
    }

    private static Arguments edit(String column, String what, Edit edit) {
        return Arguments.of(column, what, edit);
    }
}
