package io.varlen.jobs;

import io.varlen.InvalidInputException;
import io.varlen.spark.dataset.PackedDataset;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.engine.ModelReference;
import io.varlen.tokenizer.TokenizerSource;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What turns text into ids. */
final class TokenizerArgument {
    @Option(
            names = "--tokenizer",
            paramLabel = "T",
            description = "tiktoken:NAME with the NAME cl100k_base, o200k_base, p50k_base or r50k_base; the path of a"
                    + " tokenizer.json or of a model folder that holds one; or " + ModelReference.BUILTIN
                    + " (default: a packed dataset's own)")
    private String name;

    /**
     * To be called when there is a Spark session: the built-in tokenizer comes from the engine's model.
     *
     * @param packed the input, if it is a packed dataset
     */
    TokenizerSource source(Optional<PackedDataset> packed) {
        if (name != null) {
            return source(name);
        }
        return packed.orElseThrow(() -> new InvalidInputException("--tokenizer is missing; give --tokenizer T"
                        + " (only a packed dataset as --input has its own)"))
                .tokenizer();
    }

    static TokenizerSource source(String name) {
        return Engine.get().tokenizerSource(name);
    }
}
