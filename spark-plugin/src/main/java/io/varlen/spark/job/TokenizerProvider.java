package io.varlen.spark.job;

import io.varlen.spark.engine.Engine;
import io.varlen.tokenizer.Tokenizer;
import io.varlen.tokenizer.TokenizerSource;
import java.io.Serializable;

/** Where tasks and the driver get a tokenizer from. */
interface TokenizerProvider extends Serializable {
    /** The JVM's engine, which keeps one of each. */
    TokenizerProvider ENGINE = source -> Engine.get().tokenizer(source);

    Tokenizer open(TokenizerSource source);
}
