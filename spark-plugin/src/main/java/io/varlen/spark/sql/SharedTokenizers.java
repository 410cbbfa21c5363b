package io.varlen.spark.sql;

import io.varlen.spark.engine.Engine;
import io.varlen.tokenizer.Tokenizer;
import io.varlen.tokenizer.TokenizerSource;

/** The tokenizers that tasks use. A thread remembers its last one, because a row may be a microsecond's work. */
final class SharedTokenizers {
    private static final ThreadLocal<Last> LAST = ThreadLocal.withInitial(Last::new);

    private static final class Last {
        Engine engine;
        TokenizerSource source;
        Tokenizer tokenizer;
    }

    private SharedTokenizers() {}

    /** The engine's tokenizer of that source. */
    static Tokenizer of(TokenizerSource source) {
        Last last = LAST.get();
        Engine engine = Engine.get();
        if (last.source != source || last.engine != engine) {
            last.tokenizer = engine.tokenizer(source);
            last.source = source;
            last.engine = engine;
        }
        return last.tokenizer;
    }

    /**
     * The source that a user names, opened here once, so that a damaged file is told now and not by a task.
     *
     * @throws io.varlen.InvalidInputException if there is none of that name, or it is damaged
     */
    static TokenizerSource named(String name) {
        TokenizerSource source = Engine.get().tokenizerSource(name);
        Engine.get().tokenizer(source);
        return source;
    }
}
