package io.varlen.jobs;

import io.varlen.InvalidInputException;
import io.varlen.Nearest;
import io.varlen.jobs.bench.AttentionBenchmark;
import io.varlen.jobs.bench.AttentionBenchmarkOptions;
import io.varlen.jobs.bench.AttentionFigures;
import io.varlen.jobs.bench.AttentionFiles;
import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.JobReport;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code varlen bench}. */
@Command(
        name = "bench",
        header = "Measure on this machine, beside other libraries.",
        customSynopsis = {
            "varlen bench tokenize [--tokenizer T]... [--input P]... [options]",
            "varlen bench attention [--input D] [--output D] [--quick] [options]"
        },
        description = {
            "tokenize: MB/s and tokens/s of the Java engines, of JTokkit and Hugging Face's library in this process, and of"
                    + " Python's tokenizers, tiktoken and gigatoken where the Python named has them, one after the other on"
                    + " the same text.",
            "",
            "attention: tokens/s and memory of the same documents and the same decoder with padding, without it, and in"
                    + " packed rows; then time and memory of attention with materialised scores and in tiles, from 128 to 8192"
                    + " tokens. Forward passes only, with random weights."
        },
        footer = {
            "Examples:",
            "  varlen bench tokenize",
            "  varlen bench tokenize --tokenizer llama3/tokenizer.json --input corpus/ --python venv/bin/python --json",
            "  varlen bench attention --output figures/"
        })
final class BenchCommand extends JobCommand {
    private static final String TOKENIZE = "tokenize";
    private static final String ATTENTION = "attention";
    private static final int MAX_THREADS = 1024;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "WHAT", description = "What to measure: tokenize or attention")
    private String what;

    @Option(
            names = "--input",
            paramLabel = "P",
            description =
                    "tokenize: a local file of UTF-8 text, or a folder with text files in it; may be repeated (default:"
                            + " the checkout). attention: a packed dataset, whose lengths of documents are taken (default: log-normal"
                            + " lengths)")
    private List<String> inputs = List.of();

    @Option(
            names = "--threads",
            paramLabel = "N",
            split = ",",
            description =
                    "tokenize: how many threads encode at the same time; several numbers, separated by commas, are"
                            + " measured one after the other. Other libraries are measured on one (default: 1,4). attention: how"
                            + " many threads an operation uses (default: all cores)")
    private List<Integer> threads = List.of();

    @Mixin
    private TokenizeBenchmarkArguments tokenize;

    @Mixin
    private AttentionBenchmarkArguments attention;

    @Override
    Result run(SparkSession spark, JobProgress progress) {
        return switch (what) {
            case TOKENIZE -> tokenize(progress);
            case ATTENTION -> attention(spark, progress);
            default ->
                throw new InvalidInputException("there is no benchmark " + what
                        + Nearest.didYouMean(what, List.of(TOKENIZE, ATTENTION), "; there are tokenize and attention"));
        };
    }

    private Result tokenize(JobProgress progress) {
        refuse(AttentionBenchmarkArguments.OPTIONS, ATTENTION);
        List<Integer> counts = threads.isEmpty() ? List.of(1, 4) : threads;
        requireThreads(counts);
        JobReport report = tokenize.benchmark(inputs, counts, progress).run();
        return Result.done(report, TokenizeBenchmark.text(report));
    }

    private Result attention(SparkSession spark, JobProgress progress) {
        refuse(TokenizeBenchmarkArguments.OPTIONS, TOKENIZE);
        if (threads.size() > 1 || inputs.size() > 1) {
            throw new InvalidInputException(
                    "bench attention takes one " + (threads.size() > 1 ? "--threads" : "--input"));
        }
        requireThreads(threads);
        int count = threads.isEmpty() ? Runtime.getRuntime().availableProcessors() : threads.get(0);
        AttentionBenchmarkOptions options = attention.options(spark, inputs.isEmpty() ? null : inputs.get(0), count);
        Optional<AttentionFiles> files = attention.output().map(AttentionFiles::new);
        AttentionFigures figures = new AttentionBenchmark(options, progress).run();
        files.ifPresent(output -> output.write(figures, progress::note));
        return Result.done(figures.report(), figures.text());
    }

    private static void requireThreads(List<Integer> counts) {
        counts.forEach(count -> requireWithin("--threads", count, MAX_THREADS));
    }

    static void requireWithin(String option, long value, long most) {
        if (value < 1 || value > most) {
            throw new InvalidInputException(option + " is " + value + "; it must be from 1 to " + most);
        }
    }

    /** Options of another benchmark would have no effect. */
    private void refuse(List<String> options, String benchmark) {
        for (String option : options) {
            if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
                throw new InvalidInputException(option + " is for bench " + benchmark + ", not for bench " + what);
            }
        }
    }
}
