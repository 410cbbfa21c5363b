package io.varlen.tokenizer.internal.bpe;

import io.varlen.tokenizer.internal.CachingPieceEncoder;
import io.varlen.tokenizer.internal.Model;
import io.varlen.tokenizer.internal.PieceEncoder;
import io.varlen.tokenizer.internal.TokenTable;

/**
 * A vocabulary of byte-pair encoding. {@link BpeModels} makes it from a description.
 *
 * <p>Pieces that are known to be one token as a whole are looked up without merging: all of the vocabulary if the model says
 * so ({@code ignore_merges}, tiktoken), else the tokens that merging their own text leads to.
 */
public final class BpeModel implements Model {
    private final String[] names;
    private final SymbolReader symbolReader;
    private final MergeTable merges;
    private final TokenIndex wholePieces;
    private final int longestToken;

    /**
     * @param names the token of each id as the vocabulary writes it; null for ids that it does not have
     * @param texts the text of each id, which a piece must have to be that token; null for ids that no piece can be
     * @param ignoreMerges whether a piece in the vocabulary is that token, whatever merging would make of it
     */
    BpeModel(String[] names, byte[][] texts, SymbolReader symbolReader, MergeTable merges, boolean ignoreMerges) {
        this.names = names;
        this.symbolReader = symbolReader;
        this.merges = merges;
        this.wholePieces = new TokenIndex(ignoreMerges ? texts : reachable(texts));
        int longest = 0;
        for (byte[] text : texts) {
            longest = text == null ? longest : Math.max(longest, text.length);
        }
        this.longestToken = longest;
    }

    /** Those of {@code texts} that merging turns into the token itself. */
    private byte[][] reachable(byte[][] texts) {
        byte[][] reached = new byte[texts.length][];
        Merger merger = new Merger(merges);
        SymbolBuffer word = new SymbolBuffer();
        for (int id = 0; id < texts.length; id++) {
            if (texts[id] != null) {
                word.clear(0);
                symbolReader.read(texts[id], 0, texts[id].length, Integer.MAX_VALUE, word);
                merger.merge(word);
                reached[id] = word.size == 1 && word.ids[0] == id ? texts[id] : null;
            }
        }
        return reached;
    }

    @Override
    public PieceEncoder newEncoder() {
        return new CachingPieceEncoder(new BpeEncoder(this));
    }

    SymbolReader symbolReader() {
        return symbolReader;
    }

    MergeTable merges() {
        return merges;
    }

    /** The token that {@code utf8[from, to)} is as a whole; -1 if that is not known. */
    int wholePiece(byte[] utf8, int from, int to) {
        return to - from <= longestToken ? wholePieces.find(utf8, from, to) : -1;
    }

    @Override
    public byte[] token(int id) {
        return id < 0 || id >= names.length || names[id] == null ? null : TokenTable.utf8(names[id]);
    }

    @Override
    public int vocabularySize() {
        return names.length;
    }
}
