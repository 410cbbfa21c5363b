package io.varlen.tokenizer.internal;

import io.varlen.tokenizer.internal.bpe.BpeModels;
import io.varlen.tokenizer.internal.description.ModelSpec;
import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import io.varlen.tokenizer.internal.unigram.UnigramModel;
import io.varlen.tokenizer.internal.wordpiece.WordPieceModel;

/** Makes models from their descriptions. */
final class Models {
    private Models() {}

    /**
     * Makes a model.
     *
     * @param byteLevel whether the vocabulary is written in the characters of {@code ByteLevel}
     * @throws UnsupportedConstructException if an option of it is not known
     */
    static Model of(ModelSpec spec, boolean byteLevel) {
        if (spec instanceof ModelSpec.Bpe bpe) {
            return BpeModels.of(bpe, byteLevel);
        }
        if (spec instanceof ModelSpec.WordPiece wordPiece && !byteLevel) {
            return new WordPieceModel(wordPiece);
        }
        if (spec instanceof ModelSpec.Unigram unigram && !byteLevel) {
            return new UnigramModel(unigram);
        }
        throw new UnsupportedConstructException(
                "model " + spec.getClass().getSimpleName() + (byteLevel ? " behind ByteLevel" : ""));
    }
}
