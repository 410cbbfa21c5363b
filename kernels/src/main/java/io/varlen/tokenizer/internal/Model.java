package io.varlen.tokenizer.internal;

/** A vocabulary and the rule that encodes a piece with it. Immutable, for many threads. */
public interface Model {
    /** An encoder of this model, with scratch memory of its own. */
    PieceEncoder newEncoder();

    /** The bytes that {@code id} stands for before any decoder looks at them; null if the model has no such id. */
    byte[] token(int id);

    /** One more than the largest id. */
    int vocabularySize();
}
