package io.varlen.spark.embedding;

import io.varlen.attention.AttentionListener;
import io.varlen.attention.AttentionTrace;
import io.varlen.model.Encoder;
import io.varlen.model.PackedBatch;
import io.varlen.spark.inference.DocumentIds;
import io.varlen.spark.inference.InputBatches;
import io.varlen.spark.metrics.TaskMetrics;
import io.varlen.tokenizer.TokenBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * Gives a model the documents of one task, as many at once as a token budget admits and without padding, and hands on one
 * embedding per document in the order of the documents.
 *
 * <p>A document's embedding depends on its own ids alone, neither on the budget nor on the other documents. Memory is
 * bounded by the budget and the longest document. Not safe for concurrent use.
 */
public final class DocumentEmbedder {
    private static final int[] NO_PROMPT = {};

    private final Encoder encoder;
    private final ModelInput input;
    private final VectorForm form;
    private final AttentionTrace trace;
    private final Consumer<DocumentEmbedding> out;
    private final InputBatches<Part> batches;
    private final Deque<Pending> waiting = new ArrayDeque<>();

    /**
     * @param form what becomes of a pooled vector
     * @param tokenBudget the tokens of one batch; a single input that is longer is a batch of its own
     * @param trace told of each batch
     * @param out takes the embeddings
     */
    public DocumentEmbedder(
            Encoder encoder,
            ModelInput input,
            VectorForm form,
            int tokenBudget,
            AttentionTrace trace,
            Consumer<DocumentEmbedding> out) {
        this.encoder = encoder;
        this.input = input;
        this.form = form;
        this.trace = trace;
        this.out = out;
        this.batches = new InputBatches<>(tokenBudget, this::embed);
    }

    /** Takes the next document. */
    public void add(DocumentIds text) {
        int count = text.ids().length;
        int inputs = input.inputsOf(count);
        Pending document = new Pending(text.docId(), count, inputs);
        waiting.addLast(document);
        int start = 0;
        for (int i = 0; i < inputs; i++) {
            int length = i == 0 ? input.textLength() : input.textLengthBehindPrompt();
            addInput(document, text.ids(), start, Math.min(length, count - start));
            start += length;
        }
        handOn();
    }

    /** Embeds what is still waiting. */
    public void finish() {
        batches.finish();
        handOn();
    }

    /** The tokens that the model has seen so far, special tokens included. */
    public long encodedTokens() {
        return batches.tokens();
    }

    /** The ids from 0 on begin with the prompt; those from further on get it here. */
    private void addInput(Pending owner, int[] ids, int from, int count) {
        int[] prompt = from == 0 ? NO_PROMPT : input.prompt();
        TokenBuffer inputIds = batches.begin(
                new Part(owner, from, count),
                prompt.length + count + input.special().count());
        inputIds.addAll(input.special().prefix());
        inputIds.addAll(prompt);
        inputIds.addAll(ids, from, from + count);
        inputIds.addAll(input.special().suffix());
    }

    private void embed(PackedBatch batch, List<Part> parts) {
        AttentionListener listener =
                trace.next(batch.cuSeqlens(), i -> parts.get(i).tokens());
        float[] vectors = encoder.embed(batch, listener);
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            int textLength = part.from() == 0 ? part.count() - input.prompt().length : part.count();
            part.owner().take(vectors, i * encoder.dimension(), textLength);
        }
    }

    private void handOn() {
        while (!waiting.isEmpty() && waiting.peekFirst().isComplete()) {
            DocumentEmbedding embedding = waiting.removeFirst().embedding();
            TaskMetrics.current().rows(1);
            TaskMetrics.current().truncated(embedding.truncatedTokens());
            out.accept(embedding);
        }
    }

    /** What of a document's text is one input of the model. */
    private record Part(Pending owner, int from, int count) {
        String tokens() {
            return owner.docId + " tokens [" + from + ", " + (from + count) + ")";
        }
    }

    /** A document some of whose inputs have not been through the model. */
    private final class Pending {
        private final String docId;
        private final int ids;
        private final int inputs;
        private int taken;
        private double[] sum;

        /** @param ids of prompt and text */
        Pending(String docId, int ids, int inputs) {
            this.docId = docId;
            this.ids = ids;
            this.inputs = inputs;
        }

        boolean isComplete() {
            return taken == inputs;
        }

        /** Adds the vector of the next input, weighted by its tokens of text unless it is the only one. */
        void take(float[] vectors, int from, int textLength) {
            if (sum == null) {
                sum = new double[form.dimension()];
            }
            double weight = inputs == 1 ? 1 : (double) textLength / (ids - input.prompt().length);
            for (int d = 0; d < sum.length; d++) {
                sum[d] += weight * vectors[from + d];
            }
            taken++;
        }

        DocumentEmbedding embedding() {
            long nTokens = (long) ids + input.special().count();
            return new DocumentEmbedding(docId, nTokens, input.truncatedOf(ids), vector());
        }

        private float[] vector() {
            if (sum == null) {
                return null;
            }
            double length = form.normalised() ? lengthOf(sum) : 1;
            float[] vector = new float[sum.length];
            for (int d = 0; d < vector.length; d++) {
                vector[d] = (float) (length == 0 ? sum[d] : sum[d] / length);
            }
            return vector;
        }
    }

    private static double lengthOf(double[] vector) {
        double squares = 0;
        for (double x : vector) {
            squares += x * x;
        }
        return Math.sqrt(squares);
    }
}
