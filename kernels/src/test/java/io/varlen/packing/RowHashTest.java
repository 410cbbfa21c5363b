package io.varlen.packing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.sequence.CuSeqlens;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RowHashTest {

    @Test
    void equalsTheDefinitionWrittenOutInOneBuffer() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        RowHash rowHash = new RowHash();
        // around the size of the hash's buffer, and ids longer than it
        for (int n : new int[] {1, 2, 2046, 2047, 2048, 2049, 4095, 4096, 20_000}) {
            PackedRow row = row(random, n, n % 2 == 0 ? 3 : 20_000);
            ByteBuffer message = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
            message.putInt(n);
            Arrays.stream(row.inputIds(), 0, n).forEach(message::putInt);
            for (Segment segment : row.segments()) {
                byte[] docId = segment.docId().getBytes(StandardCharsets.UTF_8);
                message.putInt(docId.length).put(docId).putInt(segment.chunk()).putLong(segment.tokenStart());
                message.putInt(segment.tokenCount());
            }
            if (row.lossMask() != null) {
                message.put(row.lossMask());
            }
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(message.array(), 0, message.position());
            assertThat(rowHash.of(row)).as("seed %d, %d tokens", seed, n).isEqualTo(sha.digest());
        }
    }

    @Test
    void everyPartCountsExceptIdPaddingAndSource() {
        PackedRow row = row(new Random(1), 6, 3);
        byte[] hash = new RowHash().of(row);

        Segment first = row.segments().get(0);
        assertThat(List.of(
                        with(row, new Segment(first.docId() + "x", 0, 0, 0, first.tokenCount())),
                        with(row, new Segment(first.docId(), 0, 1, 0, first.tokenCount())),
                        with(row, new Segment(first.docId(), 0, 0, 1, first.tokenCount())),
                        with(row, new Segment(first.docId(), 0, 0, 0, first.tokenCount() + 1)),
                        new PackedRow(
                                0, changed(row.inputIds(), 0), 6, row.cuSeqlens(), row.segments(), row.lossMask()),
                        new PackedRow(0, row.inputIds(), 5, row.cuSeqlens(), row.segments(), row.lossMask()),
                        new PackedRow(0, row.inputIds(), 6, row.cuSeqlens(), row.segments(), null)))
                .allSatisfy(other -> assertThat(new RowHash().of(other)).isNotEqualTo(hash));
        assertThat(List.of(
                        with(row, new Segment(first.docId(), 9, 0, 0, first.tokenCount())),
                        new PackedRow(7, row.inputIds(), 6, row.cuSeqlens(), row.segments(), row.lossMask()),
                        new PackedRow(
                                0, changed(row.inputIds(), 6), 6, row.cuSeqlens(), row.segments(), row.lossMask())))
                .allSatisfy(other -> assertThat(new RowHash().of(other)).isEqualTo(hash));
    }

    @Test
    void aRowThatCannotBeHashedLeavesNothingBehind() {
        PackedRow row = row(new Random(1), 6, 3);
        RowHash rowHash = new RowHash();

        assertThatThrownBy(() -> rowHash.of(row.inputIds(), row.inputIds().length + 1, row.segments(), null))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(rowHash.of(row)).isEqualTo(new RowHash().of(row));
    }

    private static PackedRow with(PackedRow row, Segment first) {
        List<Segment> segments = new ArrayList<>(row.segments());
        segments.set(0, first);
        return new PackedRow(0, row.inputIds(), row.nTokens(), row.cuSeqlens(), segments, row.lossMask());
    }

    private static int[] changed(int[] ids, int index) {
        int[] changed = ids.clone();
        changed[index]++;
        return changed;
    }

    private static PackedRow row(Random random, int n, int idLength) {
        int[] ids = random.ints(n + 2, 0, Integer.MAX_VALUE).toArray();
        byte[] lossMask = n % 3 == 0 ? new byte[n + 2] : null;
        List<Segment> segments = n == 1
                ? List.of(new Segment("é".repeat(idLength), 0, 0, 0, 1))
                : List.of(new Segment("é".repeat(idLength), 0, 0, 0, n - 1), new Segment("z", 1, 7, 1L << 40, 1));
        return new PackedRow(
                0,
                ids,
                n,
                CuSeqlens.ofLengths(
                        segments.stream().mapToInt(Segment::tokenCount).toArray()),
                segments,
                lossMask);
    }
}
