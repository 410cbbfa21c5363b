package io.varlen.jobs;

import io.varlen.spark.engine.Engine;
import io.varlen.spark.engine.ModelReference;
import io.varlen.tokenizer.TokenizerSource;
import picocli.CommandLine.Option;

/** What turns text into ids. */
final class TokenizerArgument {
    @Option(
            names = "--tokenizer",
            paramLabel = "T",
            required = true,
            description = "tiktoken:NAME with the NAME cl100k_base, o200k_base, p50k_base or r50k_base; the path of a"
                    + " tokenizer.json or of a model folder that holds one; or " + ModelReference.BUILTIN)
    private String name;

    /** To be called when there is a Spark session: the built-in tokenizer comes from the engine's model. */
    TokenizerSource source() {
        return source(name);
    }

    static TokenizerSource source(String name) {
        return Engine.get().tokenizerSource(name);
    }
}
