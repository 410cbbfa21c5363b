package io.varlen.spark.statistics;

import io.varlen.InvalidInputException;
import io.varlen.attention.Attention;
import io.varlen.attention.AttentionListener;
import io.varlen.attention.AttentionStatistic;
import io.varlen.attention.AttentionStatistics;
import io.varlen.attention.AttentionTrace;
import io.varlen.attention.Backend;
import io.varlen.mask.MaskPlan;
import io.varlen.model.FittingBatches;
import io.varlen.model.PackedBatch;
import io.varlen.model.Transformer;
import io.varlen.sequence.CuSeqlens;
import io.varlen.spark.inference.InputBatches;
import io.varlen.spark.metrics.TaskMetrics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Gives a model the rows of one task, as many at once as a token budget admits, and sums up how its heads spread their
 * attention. The model sees each document by itself, with positions that begin anew; leakage is what the same queries and
 * keys would let through if the layer's mask were over the row.
 *
 * <p>The sums depend on the rows alone, neither on the budget nor on their order. Not safe for concurrent use.
 */
public final class HeadStatistics {
    private final Transformer model;
    private final Backend backend;
    private final int window;
    private final boolean leakage;
    private final AttentionTrace trace;
    private final InputBatches<TokenRow> batches;

    private List<ExactSum> sums;
    private long rows;
    private long documents;
    private long queries;

    /**
     * @param backend the model's
     * @param window see {@link AttentionStatistic#WINDOW_MASS}
     * @param leakage whether rows hold more than one document
     * @param tokenBudget the tokens of one batch; a single row that is longer is a batch of its own
     * @param trace told of each batch
     */
    public HeadStatistics(
            Transformer model, Backend backend, int window, boolean leakage, int tokenBudget, AttentionTrace trace) {
        this.model = model;
        this.backend = backend;
        this.window = window;
        this.leakage = leakage;
        this.trace = trace;
        this.batches = new InputBatches<>(tokenBudget, this::listen);
        this.sums = HeadSums.none(model.layers(), model.heads(), backend.name()).sums();
    }

    /**
     * Takes the next row.
     *
     * @throws InvalidInputException if it holds what the model does not take
     */
    public void add(TokenRow row) {
        requireFor(row);
        rows++;
        TaskMetrics.current().rows(1);
        documents += row.documents().count();
        if (row.ids().length > 0) {
            batches.begin(row, row.ids().length).addAll(row.ids());
        }
    }

    /** Looks at what is still waiting; gives the sums over all rows. */
    public HeadSums finish() {
        batches.finish();
        return new HeadSums(
                model.layers(),
                model.heads(),
                rows,
                documents,
                queries,
                List.copyOf(sums),
                new TreeSet<>(Set.of(backend.name())));
    }

    private void requireFor(TokenRow row) {
        if (row.documents().maxLength() > model.maxPositions()) {
            throw new InvalidInputException(
                    row.name() + " holds a piece of " + row.documents().maxLength() + " tokens; the model takes up to "
                            + model.maxPositions() + "; pack with a --seq-len up to that");
        }
        for (int id : row.ids()) {
            if (id < 0 || id >= model.vocabularySize()) {
                throw new InvalidInputException(row.name() + ": token id " + id
                        + " is not in the model's vocabulary of " + model.vocabularySize()
                        + "; tokenizer and model do not belong together");
            }
        }
    }

    /** In parts where the device has no room for all; what was summed up of a part that failed is forgotten. */
    private void listen(PackedBatch batch, List<TokenRow> inBatch) {
        List<String> names = namesOf(inBatch);
        AttentionListener traced = trace.next(documentsOf(inBatch), names::get);
        int[] done = {0};
        FittingBatches.run(batch, part -> {
            List<TokenRow> inPart =
                    inBatch.subList(done[0], done[0] + part.cuSeqlens().count());
            sums = listen(part, inPart, traced);
            queries += part.inputIds().length;
            return done[0] += inPart.size();
        });
    }

    /** The sums with those of these rows. */
    private List<ExactSum> listen(PackedBatch batch, List<TokenRow> inBatch, AttentionListener traced) {
        List<ExactSum> all = new ArrayList<>(sums);
        CuSeqlens ofRows = batch.cuSeqlens();
        PackedBatch isolated = new PackedBatch(batch.inputIds(), documentsOf(inBatch));
        Map<String, MaskPlan> overRows = new HashMap<>();
        AttentionListener listener = (layer, mask, call) -> {
            traced.attention(layer, mask, call);
            MaskPlan unisolated = leakage
                    ? overRows.computeIfAbsent(
                            mask, name -> MaskPlan.of(model.masks().get(name), ofRows))
                    : null;
            sumUp(all, layer, call, unisolated, ofRows);
        };
        model.forward(isolated, listener).close();
        return all;
    }

    /** First within each row, in the order of its tokens, then over rows, where the order does not matter. */
    private void sumUp(List<ExactSum> all, int layer, Attention call, MaskPlan unisolated, CuSeqlens ofRows) {
        AttentionStatistics found = new AttentionStatistics(call, unisolated, window);
        backend.statistics(found);
        for (AttentionStatistic statistic : AttentionStatistic.values()) {
            for (int head = 0; head < call.q().count(); head++) {
                int index = HeadSums.index(model.heads(), layer, head, statistic);
                for (int row = 0; row < ofRows.count(); row++) {
                    double sum = 0;
                    for (int query = ofRows.start(row); query < ofRows.end(row); query++) {
                        sum += found.value(statistic, head, query);
                    }
                    all.set(index, all.get(index).plus(sum));
                }
            }
        }
    }

    private static CuSeqlens documentsOf(List<TokenRow> rows) {
        return CuSeqlens.ofLengths(rows.stream()
                .map(TokenRow::documents)
                .flatMapToInt(of -> IntStream.range(0, of.count()).map(of::length))
                .toArray());
    }

    private static List<String> namesOf(List<TokenRow> rows) {
        List<String> names = new ArrayList<>();
        for (TokenRow row : rows) {
            CuSeqlens of = row.documents();
            for (int i = 0; i < of.count(); i++) {
                names.add(row.name() + " tokens [" + of.start(i) + ", " + of.end(i) + ")");
            }
        }
        return names;
    }
}
