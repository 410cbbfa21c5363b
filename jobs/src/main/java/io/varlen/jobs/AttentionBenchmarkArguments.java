package io.varlen.jobs;

import io.varlen.InvalidInputException;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
import io.varlen.jobs.bench.AttentionBenchmarkOptions;
import io.varlen.sequence.CuSeqlens;
import io.varlen.spark.dataset.PackedDataset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** What {@code bench attention} takes. */
final class AttentionBenchmarkArguments {
    static final List<String> OPTIONS = List.of(
            "--output", "--layers", "--tokens", "--seq-len", "--rounds", "--seed", "--backend", "--dtype", "--quick");

    private static final int MOST_LAYERS = 1000;
    private static final int MOST_ROUNDS = 1000;
    private static final long MOST_TOKENS = 100_000_000;
    private static final int LONGEST_ROW = 65_536;

    @Option(
            names = "--output",
            paramLabel = "D",
            description =
                    "attention: a local folder that receives the tables as Markdown and CSV, and bar charts as SVG and"
                            + " PNG (default: none)")
    private Path output;

    @Option(
            names = "--layers",
            paramLabel = "N",
            description = "attention: layers of the decoder (default: " + AttentionBenchmarkOptions.LAYERS
                    + ", as in SmolLM2-135M)")
    private Integer layers;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            description = "attention: documents are taken until they have that many tokens (default: "
                    + AttentionBenchmarkOptions.TOKENS + ")")
    private Long tokens;

    @Option(
            names = "--seq-len",
            paramLabel = "N",
            description =
                    "attention: tokens per packed row, and of the longest document (default: the packed dataset's, else "
                            + AttentionBenchmarkOptions.SEQ_LEN + ")")
    private Integer seqLen;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "attention: how often each measurement is repeated, in turn; medians are told (default: "
                    + AttentionBenchmarkOptions.ROUNDS + ")")
    private Integer rounds;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "attention: of weights, lengths and token ids (default: ${DEFAULT-VALUE})")
    private long seed;

    @Option(
            names = "--backend",
            paramLabel = "NAME",
            defaultValue = Backends.AUTO,
            description = "attention: what computes, auto, cpu or cuda (default: ${DEFAULT-VALUE})")
    private String backend;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            defaultValue = "fp32",
            description = "attention: in what matrix products multiply, auto, fp32, fp16 or bf16, as in embed (default:"
                    + " ${DEFAULT-VALUE})")
    private Dtype dtype;

    @Option(
            names = "--quick",
            description = "attention: unless they are given, " + AttentionBenchmarkOptions.QUICK_LAYERS + " layers, "
                    + AttentionBenchmarkOptions.QUICK_TOKENS + " tokens, rows of "
                    + AttentionBenchmarkOptions.QUICK_SEQ_LEN
                    + " and 1 round; and tiling up to 256 tokens. Takes seconds,"
                    + " and shows that everything works")
    private boolean quick;

    Optional<Path> output() {
        return Optional.ofNullable(output);
    }

    /** @param input a packed dataset, or null */
    AttentionBenchmarkOptions options(SparkSession spark, String input, int threads) {
        int layerCount = orElse(layers, AttentionBenchmarkOptions.QUICK_LAYERS, AttentionBenchmarkOptions.LAYERS);
        long tokenCount = orElse(tokens, AttentionBenchmarkOptions.QUICK_TOKENS, AttentionBenchmarkOptions.TOKENS);
        int rowLength = orElse(seqLen, AttentionBenchmarkOptions.QUICK_SEQ_LEN, AttentionBenchmarkOptions.SEQ_LEN);
        int roundCount = orElse(rounds, 1, AttentionBenchmarkOptions.ROUNDS);
        BenchCommand.requireWithin("--layers", layerCount, MOST_LAYERS);
        BenchCommand.requireWithin("--tokens", tokenCount, MOST_TOKENS);
        BenchCommand.requireWithin("--seq-len", rowLength, LONGEST_ROW);
        BenchCommand.requireWithin("--rounds", roundCount, MOST_ROUNDS);
        List<Integer> lengths = null;
        if (input != null) {
            PackedDataset dataset = PackedDataset.open(spark.sparkContext().hadoopConfiguration(), input);
            rowLength = rowLength(dataset, input);
            lengths = lengths(dataset, input, tokenCount, spark);
        }
        return new AttentionBenchmarkOptions(
                layerCount, lengths, tokenCount, rowLength, backend, dtype, threads, roundCount, seed, quick);
    }

    private <T> T orElse(T given, T ifQuick, T otherwise) {
        T absent = quick ? ifQuick : otherwise;
        return given == null ? absent : given;
    }

    private int rowLength(PackedDataset dataset, String input) {
        int rowLength = dataset.manifest().packing().seqLen();
        if (seqLen != null && seqLen != rowLength) {
            throw new InvalidInputException("--seq-len is " + seqLen + ", but the rows of " + input + " have "
                    + rowLength + " tokens; leave it out");
        }
        return rowLength;
    }

    private static List<Integer> lengths(PackedDataset dataset, String input, long tokens, SparkSession spark) {
        List<Integer> lengths = new ArrayList<>();
        Iterator<int[]> rows = dataset.rows(JavaSparkContext.fromSparkContext(spark.sparkContext()))
                .map(row -> row.cuSeqlens().toArray())
                .toLocalIterator();
        for (long sum = 0; sum < tokens && rows.hasNext(); ) {
            CuSeqlens row = CuSeqlens.ofOffsets(rows.next());
            for (int i = 0; i < row.count(); i++) {
                lengths.add(row.length(i));
            }
            sum += row.total();
        }
        if (lengths.isEmpty()) {
            throw new InvalidInputException(input + " has no document; give a packed dataset with some");
        }
        return lengths;
    }
}
