package io.varlen.attention;

import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Writes down, for the first batches that a model is given, what attention is called with: which documents' tokens make up
 * the batch, then per layer the shapes, the mask and what it comes to, the options, and which kernel computes it and why.
 *
 * <p>Costs nothing once those batches are over. Not safe for concurrent use.
 */
public final class AttentionTrace {
    /** Writes nothing. */
    public static final AttentionTrace OFF = new AttentionTrace(0, null, (line, batch) -> {});

    private final int batches;
    private final Backend backend;
    private final ObjIntConsumer<String> out;
    private int begun;

    /**
     * @param batches how many to write down
     * @param backend that of the model
     * @param out takes a line, without a line feed, and the number of its batch, which counts from 0
     */
    public AttentionTrace(int batches, Backend backend, ObjIntConsumer<String> out) {
        this.batches = batches;
        this.backend = backend;
        this.out = out;
    }

    /**
     * To be called once per batch.
     *
     * @param sequences the boundaries of the batch
     * @param tokens which tokens the i-th sequence holds, such as a document's id and the range in it; asked only for
     *     batches that are written down
     * @return whom the model is to tell; {@link AttentionListener#NONE} when the first batches are over
     */
    public AttentionListener next(CuSeqlens sequences, IntFunction<String> tokens) {
        if (begun == batches) {
            return AttentionListener.NONE;
        }
        int batch = begun++;
        out.accept(
                sequences.count() + " sequences, " + sequences.total() + " tokens, longest " + sequences.maxLength()
                        + "; cu_seqlens " + Arrays.toString(sequences.toArray()),
                batch);
        out.accept(
                "indices "
                        + IntStream.range(0, sequences.count())
                                .mapToObj(i ->
                                        "[" + sequences.start(i) + ", " + sequences.end(i) + ") = " + tokens.apply(i))
                                .collect(Collectors.joining("; ")),
                batch);
        return (layer, mask, call) -> out.accept(
                "layer " + layer + ": q " + shape(call.q()) + ", k " + shape(call.k()) + ", v " + shape(call.v())
                        + "; mask " + mask + " = " + lowered(call.mask()) + "; " + options(call.options())
                        + "; kernel " + backend.name() + ": " + backend.explain(call),
                batch);
    }

    private static String shape(Heads heads) {
        return "[" + heads.tokens() + ", " + heads.count() + ", " + heads.dim() + "]";
    }

    private static String lowered(MaskPlan plan) {
        long all = 0;
        for (int i = 0; i < plan.queries().count(); i++) {
            all += (long) plan.queries().length(i) * plan.keys().length(i);
        }
        String form = plan.isDense() ? "intervals of keys and a bit per pair" : "one interval of keys per query";
        String keys = plan.keys().equals(plan.queries())
                ? ""
                : ", cu_seqlens_k " + Arrays.toString(plan.keys().toArray());
        return plan.mask() + " (" + form + keys + ", "
                + String.format(
                        Locale.ROOT,
                        "%,d of %,d pairs visited, %,d seen)",
                        plan.visitedPairs(),
                        all,
                        plan.visiblePairs());
    }

    private static String options(AttentionOptions options) {
        StringBuilder text = new StringBuilder("scale ").append(options.scale());
        if (options.softcap() > 0) {
            text.append(", soft cap ").append(options.softcap());
        }
        if (options.bias() != null) {
            text.append(", bias [")
                    .append(options.bias().rows())
                    .append(", ")
                    .append(options.bias().columns())
                    .append(']');
        }
        if (options.sinks() != null) {
            text.append(", sinks [").append(options.sinks().columns()).append(']');
        }
        return text.toString();
    }
}
