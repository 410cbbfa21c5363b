package io.varlen.packing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class LengthHistogramTest {

    @Property
    void countsLikeAMap(@ForAll List<@IntRange(min = 1, max = 300) Integer> lengths) {
        LengthHistogram histogram = new LengthHistogram();
        Map<Integer, Long> expected = new TreeMap<>();
        for (int length : lengths) {
            histogram.add(length);
            expected.merge(length, 1L, Long::sum);
        }

        assertThat(histogram.lengths())
                .containsExactly(expected.keySet().stream().mapToInt(i -> i).toArray());
        expected.forEach((length, count) -> assertThat(histogram.count(length)).isEqualTo(count));
        assertThat(histogram.count(301)).isZero();
        assertThat(histogram.total()).isEqualTo(lengths.size());
        assertThat(histogram.tokens())
                .isEqualTo(lengths.stream().mapToLong(i -> i).sum());
    }

    @Property
    void mergingPartsInAnyOrderEqualsCountingTheWhole(
            @ForAll List<@IntRange(min = 1, max = 50) Integer> lengths, @ForAll @IntRange(min = 1, max = 7) int parts) {
        LengthHistogram whole = new LengthHistogram();
        LengthHistogram[] partial = new LengthHistogram[parts];
        Arrays.setAll(partial, i -> new LengthHistogram());
        for (int i = 0; i < lengths.size(); i++) {
            whole.add(lengths.get(i));
            partial[i % parts].add(lengths.get(i));
        }
        LengthHistogram merged = new LengthHistogram();
        for (int i = parts - 1; i >= 0; i--) {
            merged.merge(partial[i]);
        }

        assertThat(merged).isEqualTo(whole).hasSameHashCodeAs(whole);
        long[] counts = Arrays.stream(whole.lengths()).mapToLong(whole::count).toArray();
        assertThat(LengthHistogram.of(whole.lengths(), counts)).isEqualTo(whole);
    }

    @Test
    void serializedSizeFollowsTheDistinctLengths() throws Exception {
        LengthHistogram histogram = new LengthHistogram();
        histogram.add(Integer.MAX_VALUE, 1_000_000_000_000L);
        histogram.add(1);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(histogram);
        }
        assertThat(bytes.size()).isLessThan(1000);
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertThat(in.readObject()).isEqualTo(histogram);
        }
    }

    @Test
    void differentCountsAreNotEqual() {
        LengthHistogram one = LengthHistogram.of(new int[] {3, 4}, new long[] {1, 2});

        assertThat(one).isNotEqualTo(LengthHistogram.of(new int[] {3, 4}, new long[] {2, 1}));
        assertThat(one).isNotEqualTo(LengthHistogram.of(new int[] {3}, new long[] {1}));
    }

    @Test
    void whatCannotBeCountedIsRefused() {
        LengthHistogram histogram = new LengthHistogram();
        assertThatThrownBy(() -> histogram.add(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> histogram.add(3, -1)).isInstanceOf(IllegalArgumentException.class);
        histogram.add(3, Long.MAX_VALUE);
        assertThatThrownBy(() -> histogram.add(3)).isInstanceOf(ArithmeticException.class);
    }
}
