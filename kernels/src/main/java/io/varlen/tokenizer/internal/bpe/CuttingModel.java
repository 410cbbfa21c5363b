package io.varlen.tokenizer.internal.bpe;

import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.internal.Model;
import io.varlen.tokenizer.internal.PieceEncoder;
import io.varlen.tokenizer.internal.description.ModelSpec;
import io.varlen.tokenizer.internal.unicode.CodePointSet;
import io.varlen.tokenizer.internal.unicode.Utf8;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * A byte-pair encoding over characters whose pieces are long, whole texts even, as SentencePiece's are. It cuts them between
 * characters that are neighbours in no token that merging makes: no merge can cross there, so the parts can be encoded, and
 * remembered, one by one. Two characters that are both unknown stay together, since they may become one token.
 */
final class CuttingModel implements Model {
    private final Model model;
    private final AdjacentCharacters joined = new AdjacentCharacters();
    private final CodePointSet known;

    private CuttingModel(ModelSpec.Bpe spec, Model model) {
        this.model = model;
        for (int i = 0; i < spec.mergeLefts().length; i++) {
            int[] token =
                    (spec.mergeLefts()[i] + spec.mergeRights()[i]).codePoints().toArray();
            for (int k = 1; k < token.length; k++) {
                joined.add(token[k - 1], token[k]);
            }
        }
        known = new CodePointSet(c -> spec.vocabulary().containsKey(Character.toString(c)));
    }

    /** {@code model} with cuts where they are exact, else {@code model} itself. */
    static Model of(ModelSpec.Bpe spec, Model model) {
        boolean wholePiecesCount = spec.ignoreMerges();
        boolean dropsCharacters = spec.unkToken() == null;
        boolean mergesStandIns = Stream.of(spec.mergeLefts(), spec.mergeRights())
                .flatMap(Arrays::stream)
                .anyMatch(token -> token.equals(spec.unkToken()) || token.matches("<0x[0-9A-F]{2}>"));
        return wholePiecesCount || dropsCharacters || mergesStandIns ? model : new CuttingModel(spec, model);
    }

    @Override
    public PieceEncoder newEncoder() {
        return new Encoder(model.newEncoder());
    }

    @Override
    public byte[] token(int id) {
        return model.token(id);
    }

    @Override
    public int vocabularySize() {
        return model.vocabularySize();
    }

    /** The first place to cut {@code utf8[from, to)}; {@code to} if there is none. */
    private int nextCut(byte[] utf8, int from, int to) {
        int previous = Utf8.codePointAt(utf8, from);
        int at = from + Utf8.length(previous);
        while (at < to) {
            int next = Utf8.codePointAt(utf8, at);
            if (!joined.contains(previous, next) && (known.contains(previous) || known.contains(next))) {
                return at;
            }
            previous = next;
            at += Utf8.length(next);
        }
        return to;
    }

    private final class Encoder implements PieceEncoder {
        private final PieceEncoder parts;

        Encoder(PieceEncoder parts) {
            this.parts = parts;
        }

        @Override
        public void encode(byte[] utf8, int from, int to, TokenBuffer out) {
            for (int at = from; at < to; ) {
                int cut = nextCut(utf8, at, to);
                parts.encode(utf8, at, cut, out);
                at = cut;
            }
        }

        @Override
        public void encodeWithEnds(byte[] utf8, int from, int to, TokenBuffer out, TokenBuffer ends) {
            for (int at = from; at < to; ) {
                int cut = nextCut(utf8, at, to);
                parts.encodeWithEnds(utf8, at, cut, out, ends);
                at = cut;
            }
        }
    }
}
