package io.varlen.spark.engine;

import io.varlen.tokenizer.SpecialTokens;
import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.Tokenizer;

/** A tokenizer that the engine owns: those who use it cannot close it, and it outlives every call that it has begun. */
final class SharedTokenizer implements Tokenizer {
    private final Gate gate = new Gate();
    private final Tokenizer tokenizer;

    SharedTokenizer(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    @Override
    public void encode(byte[] utf8, int from, int to, TokenBuffer out) {
        gate.inside(() -> {
            tokenizer.encode(utf8, from, to, out);
            return out;
        });
    }

    @Override
    public String decode(int[] ids, int from, int to, boolean skipSpecial) {
        return gate.inside(() -> tokenizer.decode(ids, from, to, skipSpecial));
    }

    @Override
    public SpecialTokens specialTokens() {
        return tokenizer.specialTokens();
    }

    @Override
    public int vocabularySize() {
        return tokenizer.vocabularySize();
    }

    /** Does nothing: the engine closes what it shares. */
    @Override
    public void close() {}

    void release() {
        gate.close(tokenizer::close);
    }
}
