package io.varlen.attention;

import static org.assertj.core.api.Assertions.assertThat;

import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class AttentionTraceTest {
    private final List<String> lines = new ArrayList<>();

    private void accept(String line, int batch) {
        lines.add(batch + " " + line);
    }

    @Test
    void tellsOfTheFirstBatchesAndThenCostsNothing() {
        try (Backend backend = Backends.open("cpu", 1)) {
            AttentionTrace trace = new AttentionTrace(2, backend, this::accept);
            CuSeqlens sequences = CuSeqlens.ofLengths(3, 5);
            for (int batch = 0; batch < 2; batch++) {
                AttentionListener listener = trace.next(sequences, i -> "doc-" + i + " tokens 0 to 7");
                listener.attention(0, "global", call(backend, Mask.full(), sequences, sequences));
                listener.attention(1, "local", call(backend, Mask.slidingWindow(1, 0), sequences, sequences));
            }
            AttentionListener after = trace.next(sequences, i -> {
                throw new AssertionError("asked for a batch that is not written down");
            });

            assertThat(after).isSameAs(AttentionListener.NONE);
            assertThat(lines).hasSize(8).noneMatch(line -> line.contains("\n"));
            assertThat(lines.get(0)).isEqualTo("0 2 sequences, 8 tokens, longest 5; cu_seqlens [0, 3, 8]");
            assertThat(lines.get(1)).isEqualTo("0 indices [0, 3) = doc-0 tokens 0 to 7; [3, 8) = doc-1 tokens 0 to 7");
            assertThat(lines.get(2))
                    .startsWith("0 layer 0: q [8, 4, 16], k [8, 2, 16], v [8, 2, 16]; mask global = full"
                            + " (one interval of keys per query, 34 of 34 pairs visited, 34 seen); scale 0.25;"
                            + " kernel cpu: attention in ")
                    .endsWith("(the fastest that works here)");
            assertThat(lines.get(7))
                    .startsWith("1 layer 1")
                    .contains("mask local = sliding_window(1, 0) (", "14 of 34 pairs visited");
        }
    }

    @Test
    void namesEveryOption() {
        try (Backend backend = Backends.open("cpu", 1)) {
            CuSeqlens queries = CuSeqlens.ofLengths(2);
            CuSeqlens keys = CuSeqlens.ofLengths(3);
            BitSet antidiagonal = new BitSet();
            antidiagonal.set(1);
            antidiagonal.set(3);
            Attention plain = call(backend, Mask.dense(3, antidiagonal).and(Mask.prefix(1)), queries, keys);
            AttentionOptions options = AttentionOptions.scaled(2f)
                    .withSoftcap(50)
                    .withBias(backend.tensor(2, 3))
                    .withSinks(backend.tensor(1, 4));
            new AttentionTrace(1, backend, this::accept)
                    .next(queries, i -> "a")
                    .attention(
                            0,
                            "all",
                            new Attention(plain.q(), plain.k(), plain.v(), plain.mask(), options, plain.o(), null));
            assertThat(lines.get(2))
                    .contains(
                            "mask all = dense & prefix(1) (intervals of keys and a bit per pair, cu_seqlens_k [0, 3], 4 of"
                                    + " 6 pairs visited, 2 seen)",
                            "scale 2.0, soft cap 50.0, bias [2, 3], sinks [4]",
                            ", its slow general path for a soft cap, a bias, a dense mask");
        }
    }

    @Test
    void offIsOff() {
        assertThat(AttentionTrace.OFF.next(CuSeqlens.ofLengths(1), i -> "")).isSameAs(AttentionListener.NONE);
    }

    private static Attention call(Backend backend, Mask mask, CuSeqlens queries, CuSeqlens keys) {
        Heads q = new Heads(backend.tensor(queries.total(), 64), 0, 4, 16);
        Heads k = new Heads(backend.tensor(keys.total(), 32), 0, 2, 16);
        return new Attention(q, k, k, MaskPlan.of(mask, queries, keys), q);
    }
}
