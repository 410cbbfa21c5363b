package io.varlen.jobs.bench;

import io.varlen.attention.Attention;
import io.varlen.attention.Backend;
import io.varlen.attention.Heads;
import io.varlen.attention.Tensor;
import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.util.Arrays;

/** Where tokens and padding are during a forward pass. The arithmetic of a token is the same in all of them. */
enum Layout {
    /** Documents as they come, each padded to the longest of its batch; attention goes over padding too. */
    PADDED_RANDOM("padded, random order"),
    /** The same with documents of about equal length in a batch. */
    PADDED_BY_LENGTH("padded, by length"),
    /** Padding is taken out before each layer's attention and put back behind it, as transformers did with flash-attention 2. */
    UNPAD_EVERY_LAYER("unpad in every layer"),
    /** Padding is taken out of the token ids, and put back into the last hidden states. */
    UNPAD_ONCE("unpad once"),
    /** Documents come packed into rows with their cu_seqlens, and there is no padding. */
    PACKED("packed rows");

    private final String title;

    Layout(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /** Rows of the model's tensors, which is what its linear layers multiply. */
    int rows(LayoutBatch batch) {
        return sequences(batch, this == UNPAD_ONCE).total();
    }

    /** Query-key pairs that one head computes. */
    long pairs(LayoutBatch batch) {
        boolean withoutPadding = this == UNPAD_EVERY_LAYER || this == UNPAD_ONCE;
        return MaskPlan.of(Mask.causal(), sequences(batch, withoutPadding)).visitedPairs();
    }

    private static CuSeqlens sequences(LayoutBatch batch, boolean withoutPadding) {
        return withoutPadding ? batch.tokens() : batch.slots();
    }

    /** The last hidden states: one row per slot of the batch. */
    Tensor forward(RandomDecoder decoder, Backend backend, LayoutBatch batch, TensorLedger.Scope scope) {
        return switch (this) {
            case PADDED_RANDOM, PADDED_BY_LENGTH, PACKED ->
                decoder.forward(
                        batch.ids(),
                        batch.slots().positionIds(),
                        attention(decoder, backend, MaskPlan.of(Mask.causal(), batch.slots())),
                        scope);
            case UNPAD_EVERY_LAYER -> unpadEveryLayer(decoder, backend, batch, scope);
            case UNPAD_ONCE -> unpadOnce(decoder, backend, batch, scope);
        };
    }

    private static RandomDecoder.AttentionStep attention(RandomDecoder decoder, Backend backend, MaskPlan mask) {
        return (projected, attended) -> backend.attention(new Attention(
                decoder.queries(projected),
                decoder.keys(projected),
                decoder.values(projected),
                mask,
                Heads.of(attended, decoder.shape().heads())));
    }

    private static Tensor unpadEveryLayer(
            RandomDecoder decoder, Backend backend, LayoutBatch batch, TensorLedger.Scope scope) {
        int[] indices = batch.indices();
        int[] tokenOfSlot = batch.tokenOfSlot();
        try (TensorLedger.Scope inner = scope.inner()) {
            Tensor unpadded = inner.activations(indices.length, decoder.shape().projected());
            Tensor unpaddedOutput = inner.activations(
                    indices.length, decoder.shape().heads() * decoder.shape().headDim());
            var varlen = attention(decoder, backend, MaskPlan.of(Mask.causal(), batch.tokens()));
            return decoder.forward(
                    batch.ids(),
                    batch.slots().positionIds(),
                    (projected, attended) -> {
                        backend.gather(projected, indices, unpadded);
                        varlen.attend(unpadded, unpaddedOutput);
                        backend.gather(unpaddedOutput, tokenOfSlot, attended);
                    },
                    scope);
        }
    }

    private static Tensor unpadOnce(
            RandomDecoder decoder, Backend backend, LayoutBatch batch, TensorLedger.Scope scope) {
        int[] ids =
                Arrays.stream(batch.indices()).map(slot -> batch.ids()[slot]).toArray();
        try (TensorLedger.Scope inner = scope.inner()) {
            Tensor hidden = decoder.forward(
                    ids,
                    batch.tokens().positionIds(),
                    attention(decoder, backend, MaskPlan.of(Mask.causal(), batch.tokens())),
                    inner);
            Tensor padded =
                    scope.activations(batch.ids().length, decoder.shape().hidden());
            backend.gather(hidden, batch.tokenOfSlot(), padded);
            return padded;
        }
    }
}
