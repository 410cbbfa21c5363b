package io.varlen.tokenizer.internal.bpe;

import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.internal.PieceEncoder;

/**
 * Encodes pieces of any length, in memory that does not grow with them.
 *
 * <p>Long pieces are encoded window by window. That is exact: a sequence of tokens is the encoding of a text if and only if
 * every two neighbours are the encoding of what the two cover. (By induction over the merges, which come in the same order
 * whatever lies around them: the first one across a boundary would also be made if there were only the tokens on its two
 * sides.) A window is cut between two of its tokens, the next one begins at the cut, and the two tokens at the cut must stay
 * as they are when they are encoded together; else another cut is tried. If none will do, the piece is begun again with
 * larger windows.
 */
final class BpeEncoder implements PieceEncoder {
    /** In symbols. */
    static final int WINDOW = 2048;

    private static final int CUTS = 8;

    private final BpeModel model;
    private final SymbolReader reader;
    private final Merger merger;
    private final int smallestWindow;

    private SymbolBuffer window = new SymbolBuffer();
    private SymbolBuffer following = new SymbolBuffer();
    private final SymbolBuffer pair = new SymbolBuffer();

    BpeEncoder(BpeModel model) {
        this(model, WINDOW);
    }

    /** @param smallestWindow at least 2 symbols; for tests */
    BpeEncoder(BpeModel model, int smallestWindow) {
        this.model = model;
        this.reader = model.symbolReader();
        this.merger = new Merger(model.merges());
        this.smallestWindow = smallestWindow;
    }

    @Override
    public void encode(byte[] utf8, int from, int to, TokenBuffer out) {
        encode(utf8, from, to, out, null);
    }

    @Override
    public void encodeWithEnds(byte[] utf8, int from, int to, TokenBuffer out, TokenBuffer ends) {
        encode(utf8, from, to, out, ends);
    }

    private void encode(byte[] utf8, int from, int to, TokenBuffer out, TokenBuffer ends) {
        int whole = model.wholePiece(utf8, from, to);
        if (whole >= 0) {
            out.add(whole);
            if (ends != null) {
                ends.add(to);
            }
            return;
        }
        int idsBefore = out.size();
        int endsBefore = ends == null ? 0 : ends.size();
        for (int length = smallestWindow; !encodeByWindows(utf8, from, to, length, out, ends); length *= 2) {
            out.truncate(idsBefore);
            if (ends != null) {
                ends.truncate(endsBefore);
            }
        }
    }

    /** Returns whether that succeeded, as it does if one window is enough for the piece. */
    private boolean encodeByWindows(byte[] utf8, int from, int to, int length, TokenBuffer out, TokenBuffer ends) {
        boolean last = encodeWindow(utf8, from, to, length, window);
        while (!last) {
            int cut = 0;
            int smallestCut = Math.max(1, window.size - window.size / 4 - CUTS);
            for (int i = window.size - window.size / 4; i >= smallestCut && cut == 0; i--) {
                if (reader.startsAt(utf8, window.startOf(i - 1)) && reader.startsAt(utf8, window.ends[i - 1])) {
                    last = encodeWindow(utf8, window.ends[i - 1], to, length, following);
                    cut = joins(utf8, i) ? i : 0;
                }
            }
            if (cut == 0) {
                return false;
            }
            append(window, cut, out, ends);
            SymbolBuffer done = window;
            window = following;
            following = done;
        }
        append(window, window.size, out, ends);
        return true;
    }

    /** Encodes {@code length} symbols from {@code from} on, and says whether that was the rest of the piece. */
    private boolean encodeWindow(byte[] utf8, int from, int to, int length, SymbolBuffer out) {
        out.clear(from);
        boolean last = reader.read(utf8, from, to, length, out) == to;
        merger.merge(out);
        return last;
    }

    /** Whether the window's first {@code cut} tokens and all of the following window are one encoding. */
    private boolean joins(byte[] utf8, int cut) {
        if (following.size == 0) {
            return false;
        }
        int left = window.ids[cut - 1];
        int boundary = window.ends[cut - 1];
        encodeWindow(utf8, window.startOf(cut - 1), following.ends[0], Integer.MAX_VALUE, pair);
        return pair.size == 2 && pair.ids[0] == left && pair.ends[0] == boundary && pair.ids[1] == following.ids[0];
    }

    private static void append(SymbolBuffer tokens, int count, TokenBuffer out, TokenBuffer ends) {
        out.addAll(tokens.ids, 0, count);
        if (ends != null) {
            ends.addAll(tokens.ends, 0, count);
        }
    }
}
