package io.varlen.jobs;

import io.varlen.InvalidInputException;
import io.varlen.spark.engine.ModelReference;
import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.JobReport;
import io.varlen.tokenizer.TokenizerSource;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code varlen bench}. */
@Command(
        name = "bench",
        header = "Measure on this machine, beside other libraries.",
        customSynopsis = "varlen bench tokenize [--tokenizer T]... [--input P]... [options]",
        description = {
            "tokenize: MB/s and tokens/s of the Java engines, of JTokkit and Hugging Face's library in this process, and of"
                    + " Python's tokenizers, tiktoken and gigatoken where the Python named has them, one after the other on"
                    + " the same text."
        },
        footer = {
            "Examples:",
            "  varlen bench tokenize",
            "  varlen bench tokenize --tokenizer llama3/tokenizer.json --input corpus/ --python venv/bin/python --json"
        })
final class BenchCommand extends JobCommand {
    private static final List<String> BENCHMARKS = List.of("tokenize");
    private static final int MAX_THREADS = 1024;

    @Parameters(paramLabel = "WHAT", description = "What to measure: tokenize")
    private String what;

    @Option(
            names = "--tokenizer",
            paramLabel = "T",
            description =
                    "As for pack; may be repeated (default: tiktoken:cl100k_base and " + ModelReference.BUILTIN + ")")
    private List<String> tokenizers = List.of("tiktoken:cl100k_base", ModelReference.BUILTIN);

    @Option(
            names = "--input",
            paramLabel = "P",
            description =
                    "A local file of UTF-8 text, or a folder with text files in it; may be repeated (default: the checkout)")
    private List<Path> inputs = List.of();

    @Option(
            names = "--threads",
            paramLabel = "N",
            split = ",",
            description =
                    "How many threads encode at the same time; several numbers, separated by commas, are measured one after"
                            + " the other. Other libraries are measured on one (default: 1,4)")
    private List<Integer> threads = List.of(1, 4);

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "3",
            description = "How long each measurement lasts at least (default: ${DEFAULT-VALUE})")
    private int seconds;

    @Option(
            names = "--python",
            paramLabel = "PATH",
            defaultValue = "python3",
            description = "The Python that measures its libraries (default: ${DEFAULT-VALUE})")
    private String python;

    @Override
    Result run(SparkSession spark, JobProgress progress) {
        if (!BENCHMARKS.contains(what)) {
            throw new InvalidInputException(
                    "there is no benchmark " + what + Suggestion.didYouMean(what, BENCHMARKS, "; there is tokenize"));
        }
        requireWithin("--threads", threads.stream(), MAX_THREADS);
        requireWithin("--seconds", Stream.of(seconds), 3600);
        List<TokenizerSource> sources =
                tokenizers.stream().map(TokenizerArgument::source).toList();
        BenchmarkText text = BenchmarkText.read(inputs.isEmpty() ? List.of(checkout()) : inputs);
        JobReport report = new TokenizeBenchmark(text, sources, threads, seconds, python, progress).run();
        return Result.done(report, TokenizeBenchmark.text(report));
    }

    private static void requireWithin(String option, Stream<Integer> values, int most) {
        values.filter(value -> value < 1 || value > most).findFirst().ifPresent(value -> {
            throw new InvalidInputException(option + " is " + value + "; it must be from 1 to " + most);
        });
    }

    private static Path checkout() {
        String checkout = System.getenv("VARLEN_CHECKOUT"); // told by the launcher
        if (checkout == null) {
            throw new InvalidInputException("there is no checkout whose text could be used; give --input");
        }
        return Path.of(checkout);
    }
}
