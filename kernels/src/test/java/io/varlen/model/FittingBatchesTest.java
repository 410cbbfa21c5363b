package io.varlen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.attention.DeviceException;
import io.varlen.attention.OutOfDeviceMemoryException;
import io.varlen.sequence.CuSeqlens;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class FittingBatchesTest {
    /** Whatever fits, all sequences are computed, each once, in their order. */
    @Property
    void partsAreTheBatch(
            @ForAll @Size(max = 20) List<@IntRange(min = 0, max = 9) Integer> lengths,
            @ForAll @IntRange(min = 9, max = 40) int fits) {
        PackedBatch batch = batch(lengths);
        List<Integer> computed = new ArrayList<>();
        List<Integer> ids = new ArrayList<>();
        for (PackedBatch part : FittingBatches.run(batch, some -> fit(some, fits))) {
            for (int i = 0; i < part.cuSeqlens().count(); i++) {
                computed.add(part.cuSeqlens().length(i));
            }
            for (int id : part.inputIds()) {
                ids.add(id);
            }
        }
        assertThat(computed).isEqualTo(lengths);
        assertThat(ids.stream().mapToInt(id -> id).toArray()).isEqualTo(batch.inputIds());
    }

    private static PackedBatch fit(PackedBatch batch, int tokens) {
        if (batch.inputIds().length > tokens) {
            throw new OutOfDeviceMemoryException("no room");
        }
        return batch;
    }

    @Test
    void whatFitsIsNotCut() {
        assertThat(FittingBatches.run(batch(List.of(3, 4)), some -> some)).hasSize(1);
        assertThat(FittingBatches.run(batch(List.of()), some -> some)).hasSize(1);
    }

    @Test
    void halvesHaveAboutAsManyTokens() {
        List<PackedBatch> parts = FittingBatches.run(batch(List.of(1, 1, 1, 1, 8, 4)), some -> fit(some, 12));
        assertThat(parts).extracting(part -> part.inputIds().length).containsExactly(4, 12);
    }

    @Test
    void cutsAreCountedForTheThreadThatAsks() {
        BatchSplits.take();
        FittingBatches.run(batch(List.of(2, 2, 2, 2)), some -> fit(some, 4));
        FittingBatches.run(batch(List.of(2, 2)), some -> fit(some, 2));
        assertThat(BatchSplits.take()).isEqualTo(2);
        assertThat(BatchSplits.take()).isZero();
    }

    @Test
    void oneSequenceThatIsTooLongIsTheFailureThatItWas() {
        assertThatThrownBy(() -> FittingBatches.run(batch(List.of(2, 5)), some -> fit(some, 4)))
                .isInstanceOf(OutOfDeviceMemoryException.class)
                .hasMessage("no room");
    }

    @Test
    void otherFailuresAreNotTriedAgain() {
        int[] calls = {0};
        assertThatThrownBy(() -> FittingBatches.run(batch(List.of(2, 5)), some -> {
                    calls[0]++;
                    throw new DeviceException(DeviceException.Kind.FATAL, "lost");
                }))
                .hasMessage("lost");
        assertThat(calls[0]).isEqualTo(1);
    }

    private static PackedBatch batch(List<Integer> lengths) {
        CuSeqlens sequences =
                CuSeqlens.ofLengths(lengths.stream().mapToInt(length -> length).toArray());
        int[] ids = new int[sequences.total()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = i;
        }
        return new PackedBatch(ids, sequences);
    }
}
