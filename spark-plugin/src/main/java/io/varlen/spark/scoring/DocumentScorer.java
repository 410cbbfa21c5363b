package io.varlen.spark.scoring;

import io.varlen.InvalidInputException;
import io.varlen.attention.AttentionListener;
import io.varlen.attention.AttentionTrace;
import io.varlen.model.CausalLm;
import io.varlen.model.PackedBatch;
import io.varlen.spark.inference.DocumentIds;
import io.varlen.spark.inference.InputBatches;
import io.varlen.spark.metrics.TaskMetrics;
import io.varlen.tokenizer.SpecialTokens;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * Gives a language model the documents of one task, as many windows at once as a token budget admits and without padding,
 * and hands on one score per document in the order of the documents.
 *
 * <p>A document's score depends on its own ids alone, neither on the budget nor on the other documents. Memory is bounded
 * by the budget and the longest document. Not safe for concurrent use.
 */
public final class DocumentScorer {
    private final CausalLm model;
    private final int vocabularySize;
    private final SpecialTokens special;
    private final ScoreWindows windows;
    private final AttentionTrace trace;
    private final Consumer<DocumentScore> out;
    private final InputBatches<Window> batches;
    private final Deque<Pending> waiting = new ArrayDeque<>();

    /**
     * @param special surround the text of every document
     * @param tokenBudget the tokens of one batch; a single window that is longer is a batch of its own
     * @param trace told of each batch
     * @param out takes the scores
     */
    public DocumentScorer(
            CausalLm model,
            SpecialTokens special,
            ScoreWindows windows,
            int tokenBudget,
            AttentionTrace trace,
            Consumer<DocumentScore> out) {
        this.model = model;
        this.vocabularySize = model.transformer().vocabularySize();
        this.special = special;
        this.windows = windows;
        this.trace = trace;
        this.out = out;
        this.batches = new InputBatches<>(tokenBudget, this::score);
    }

    /**
     * Takes the next document.
     *
     * @throws InvalidInputException if it has an id that the model does not know
     */
    public void add(DocumentIds text) {
        int[] ids = sequence(text);
        int count = windows.count(ids.length);
        Pending document = new Pending(text.docId(), ids.length, count);
        waiting.addLast(document);
        for (int i = 0; i < count; i++) {
            int start = windows.start(i);
            int end = windows.end(i, ids.length);
            batches.begin(new Window(document, start, end, windows.firstScored(i)), end - start)
                    .addAll(ids, start, end);
        }
        handOn();
    }

    /** Scores what is still waiting. */
    public void finish() {
        batches.finish();
        handOn();
    }

    /** The tokens that the model has seen so far. */
    public long encodedTokens() {
        return batches.tokens();
    }

    private int[] sequence(DocumentIds text) {
        int[] sequence = special.around(text.ids(), 0, text.ids().length);
        for (int id : sequence) {
            if (id < 0 || id >= vocabularySize) {
                throw new InvalidInputException("document " + text.docId() + ": token id " + id
                        + " is not in the model's vocabulary of " + vocabularySize
                        + "; tokenizer and model do not belong together");
            }
        }
        return sequence;
    }

    private void score(PackedBatch batch, List<Window> parts) {
        AttentionListener listener =
                trace.next(batch.cuSeqlens(), i -> parts.get(i).tokens());
        double[] nll = model.negativeLogLikelihood(batch, listener);
        for (int i = 0; i < parts.size(); i++) {
            Window window = parts.get(i);
            int context = window.firstScored() - window.start();
            window.owner()
                    .take(
                            nll,
                            batch.cuSeqlens().start(i) + context,
                            batch.cuSeqlens().end(i));
        }
    }

    private void handOn() {
        while (!waiting.isEmpty() && waiting.peekFirst().isComplete()) {
            TaskMetrics.current().rows(1);
            out.accept(waiting.removeFirst().score());
        }
    }

    /** Some tokens of a document, of which those from {@code firstScored} on are scored. */
    private record Window(Pending owner, int start, int end, int firstScored) {
        String tokens() {
            return owner.docId + " tokens [" + start + ", " + end + ")";
        }
    }

    /** A document some of whose windows have not been through the model. */
    private static final class Pending {
        private final String docId;
        private final int tokens;
        private final int windows;
        private int taken;
        private long scored;
        private double nll;

        Pending(String docId, int tokens, int windows) {
            this.docId = docId;
            this.tokens = tokens;
            this.windows = windows;
        }

        boolean isComplete() {
            return taken == windows;
        }

        void take(double[] all, int from, int to) {
            for (int t = from; t < to; t++) {
                nll += all[t];
            }
            scored += to - from;
            taken++;
        }

        DocumentScore score() {
            return new DocumentScore(docId, tokens, scored, nll);
        }
    }
}
