package io.varlen.tokenizer.internal;

import io.varlen.tokenizer.SpecialTokens;
import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.TokenSpans;
import io.varlen.tokenizer.Tokenizer;
import io.varlen.tokenizer.internal.added.AddedTokenSplitter;
import io.varlen.tokenizer.internal.added.AddedTokens;
import io.varlen.tokenizer.internal.decoder.Decoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A tokenizer in Java. Text is cut at added tokens; what lies between is normalized, cut at added tokens that are looked for
 * in normalized text, split into pieces, and the pieces are encoded by the model.
 *
 * <p>Each thread has an encoder of its own, which holds scratch memory and remembers pieces. (Handing encoders from thread to
 * thread would move what they remember from one processor's cache to another's.)
 */
public final class PipelineTokenizer implements Tokenizer {
    private final AddedTokens addedTokens;
    private final Normalizer normalizer;
    private final PreTokenizer preTokenizer;
    private final Model model;
    private final Decoder decoder;
    private final SpecialTokens specialTokens;
    private final int vocabularySize;
    private final ThreadLocal<PieceEncoder> encoders;
    private volatile boolean closed;

    /** @param normalizer null if there is none */
    public PipelineTokenizer(
            AddedTokens addedTokens,
            Normalizer normalizer,
            PreTokenizer preTokenizer,
            Model model,
            Decoder decoder,
            SpecialTokens specialTokens) {
        this.addedTokens = addedTokens;
        this.normalizer = normalizer;
        this.preTokenizer = preTokenizer;
        this.model = model;
        this.decoder = decoder;
        this.specialTokens = specialTokens;
        this.encoders = ThreadLocal.withInitial(model::newEncoder);
        this.vocabularySize = Math.max(model.vocabularySize(), addedTokens.vocabularySize());
    }

    @Override
    public void encode(byte[] utf8, int from, int to, TokenBuffer out) {
        requireOpen();
        run(utf8, from, to, false, new IdSink(encoders.get(), out));
    }

    @Override
    public TokenSpans encodeWithSpans(byte[] utf8, int from, int to) {
        requireOpen();
        SpanSink sink = new SpanSink(encoders.get(), from);
        run(utf8, from, to, true, sink);
        return sink.spans();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the tokenizer is closed");
        }
    }

    private interface Sink extends PieceSink {
        void addedToken(int id, Utf8Text text, int from, int to);
    }

    private void run(byte[] utf8, int from, int to, boolean tracked, Sink sink) {
        if (from == to) {
            return;
        }
        Utf8Text text = Utf8Text.wrap(utf8, from, to, tracked);
        try {
            cut(addedTokens.raw(), text, from, to, sink, this::normalize);
        } catch (RuntimeException | Error e) {
            // the encoder may have been left in the middle of something
            encoders.remove();
            throw e;
        }
    }

    private interface Step {
        void run(Utf8Text text, int from, int to, Sink sink);
    }

    /** @param splitter null: there is nothing to cut at */
    private static void cut(AddedTokenSplitter splitter, Utf8Text text, int from, int to, Sink sink, Step next) {
        if (splitter == null) {
            next.run(text, from, to, sink);
            return;
        }
        splitter.split(text, from, to, new AddedTokenSplitter.Sink() {
            @Override
            public void text(Utf8Text part, int start, int end) {
                next.run(part, start, end, sink);
            }

            @Override
            public void token(int id, Utf8Text part, int start, int end) {
                sink.addedToken(id, part, start, end);
            }
        });
    }

    private void normalize(Utf8Text text, int from, int to, Sink sink) {
        Utf8Text normal = text;
        int start = from;
        int end = to;
        if (normalizer != null && !normalizer.keeps(text.bytes, from, to)) {
            normal = text.derive();
            normal.atSourceStart = text.atSourceStart && from == text.start;
            normalizer.normalize(text, from, to, normal);
            start = normal.start;
            end = normal.end;
        }
        if (start < end) {
            cut(addedTokens.normalized(), normal, start, end, sink, preTokenizer::split);
        }
    }

    private record IdSink(PieceEncoder encoder, TokenBuffer out) implements Sink {
        @Override
        public void accept(Utf8Text text, int from, int to) {
            encoder.encode(text.bytes, from, to, out);
        }

        @Override
        public void addedToken(int id, Utf8Text text, int from, int to) {
            out.add(id);
        }
    }

    private static final class SpanSink implements Sink {
        private final PieceEncoder encoder;
        private final int origin;
        private final TokenBuffer ids = new TokenBuffer();
        private final TokenBuffer starts = new TokenBuffer();
        private final TokenBuffer ends = new TokenBuffer();
        private final TokenBuffer pieceEnds = new TokenBuffer();

        SpanSink(PieceEncoder encoder, int origin) {
            this.encoder = encoder;
            this.origin = origin;
        }

        @Override
        public void accept(Utf8Text text, int from, int to) {
            pieceEnds.clear();
            encoder.encodeWithEnds(text.bytes, from, to, ids, pieceEnds);
            int start = from;
            for (int i = 0; i < pieceEnds.size(); i++) {
                addSpan(text, start, pieceEnds.get(i));
                start = pieceEnds.get(i);
            }
        }

        @Override
        public void addedToken(int id, Utf8Text text, int from, int to) {
            ids.add(id);
            addSpan(text, from, to);
        }

        private void addSpan(Utf8Text text, int from, int to) {
            starts.add(text.sourceStartOf(from) - origin);
            ends.add((from < to ? text.sourceEndOf(to - 1) : text.sourceStartOf(from)) - origin);
        }

        TokenSpans spans() {
            return new TokenSpans(ids.toArray(), starts.toArray(), ends.toArray());
        }
    }

    @Override
    public String decode(int[] ids, int from, int to, boolean skipSpecial) {
        requireOpen();
        List<String> tokens = new ArrayList<>(to - from);
        for (int i = from; i < to; i++) {
            if (skipSpecial && addedTokens.special().contains(ids[i])) {
                continue;
            }
            String added = addedTokens.contents().get(ids[i]);
            byte[] token = added == null ? model.token(ids[i]) : null;
            if (added != null || token != null) {
                tokens.add(added != null ? added : new String(token, StandardCharsets.UTF_8));
            }
        }
        return tokens.isEmpty() ? "" : String.join("", decoder.decode(tokens));
    }

    @Override
    public SpecialTokens specialTokens() {
        return specialTokens;
    }

    @Override
    public int vocabularySize() {
        return vocabularySize;
    }

    @Override
    public void close() {
        closed = true;
    }
}
