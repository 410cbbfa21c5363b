package io.varlen.jobs;

import io.varlen.InvalidInputException;
import io.varlen.spark.engine.ModelReference;
import io.varlen.spark.job.JobProgress;
import io.varlen.tokenizer.TokenizerSource;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** What {@code bench tokenize} takes. */
final class TokenizeBenchmarkArguments {
    static final List<String> OPTIONS = List.of("--tokenizer", "--seconds", "--python");

    @Option(
            names = "--tokenizer",
            paramLabel = "T",
            description = "tokenize: as for pack; may be repeated (default: tiktoken:cl100k_base and "
                    + ModelReference.BUILTIN + ")")
    private List<String> tokenizers = List.of("tiktoken:cl100k_base", ModelReference.BUILTIN);

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "3",
            description = "tokenize: how long each measurement lasts at least (default: ${DEFAULT-VALUE})")
    private int seconds;

    @Option(
            names = "--python",
            paramLabel = "PATH",
            defaultValue = "python3",
            description = "tokenize: the Python that measures its libraries (default: ${DEFAULT-VALUE})")
    private String python;

    TokenizeBenchmark benchmark(List<String> inputs, List<Integer> threads, JobProgress progress) {
        BenchCommand.requireWithin("--seconds", seconds, 3600);
        List<TokenizerSource> sources =
                tokenizers.stream().map(TokenizerArgument::source).toList();
        List<Path> paths = inputs.isEmpty()
                ? List.of(checkout())
                : inputs.stream().map(Path::of).toList();
        return new TokenizeBenchmark(BenchmarkText.read(paths), sources, threads, seconds, python, progress);
    }

    private static Path checkout() {
        String checkout = System.getenv("VARLEN_CHECKOUT"); // told by the launcher
        if (checkout == null) {
            throw new InvalidInputException("there is no checkout whose text could be used; give --input");
        }
        return Path.of(checkout);
    }
}
