package io.varlen.model;

import io.varlen.attention.AttentionListener;
import io.varlen.attention.Backend;
import io.varlen.attention.Linear;
import io.varlen.attention.Tensor;
import io.varlen.sequence.CuSeqlens;

/** A decoder with a linear layer on top that predicts the next token. */
final class DecoderLm implements CausalLm {
    private final Transformer transformer;
    private final Linear head;
    private final Backend backend;

    /** @param transformer closed with this, as is the head */
    DecoderLm(Transformer transformer, Linear head, Backend backend) {
        this.transformer = transformer;
        this.head = head;
        this.backend = backend;
    }

    @Override
    public double[] negativeLogLikelihood(PackedBatch batch, AttentionListener listener) {
        double[] ofNext = new double[batch.inputIds().length];
        int at = 0;
        for (double[] part : FittingBatches.run(batch, some -> ofNext(some, listener))) {
            System.arraycopy(part, 0, ofNext, at, part.length);
            at += part.length;
        }
        return behind(ofNext, batch.cuSeqlens());
    }

    /** At each token, what the next one costs. */
    private double[] ofNext(PackedBatch batch, AttentionListener listener) {
        double[] nll = new double[batch.inputIds().length];
        try (Tensor states = transformer.forward(batch, listener)) {
            backend.crossEntropy(states, head, nextTokens(batch), nll);
        }
        return nll;
    }

    /** What each token is to predict; -1 for the last of a sequence. */
    private static int[] nextTokens(PackedBatch batch) {
        int[] targets = new int[batch.inputIds().length];
        CuSeqlens sequences = batch.cuSeqlens();
        for (int i = 0; i < sequences.count(); i++) {
            for (int t = sequences.start(i); t < sequences.end(i); t++) {
                targets[t] = t + 1 < sequences.end(i) ? batch.inputIds()[t + 1] : -1;
            }
        }
        return targets;
    }

    /** From the token that predicts to the one that is predicted. */
    private static double[] behind(double[] ofNext, CuSeqlens sequences) {
        double[] nll = new double[ofNext.length];
        for (int i = 0; i < sequences.count(); i++) {
            for (int t = sequences.start(i); t < sequences.end(i); t++) {
                nll[t] = t == sequences.start(i) ? Double.NaN : ofNext[t - 1];
            }
        }
        return nll;
    }

    @Override
    public Transformer transformer() {
        return transformer;
    }

    @Override
    public void close() {
        head.close();
        transformer.close();
    }
}
