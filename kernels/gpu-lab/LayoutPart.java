package io.varlen.jobs.bench;

import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
import io.varlen.spark.job.JobProgress;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * {@code varlen bench attention} without Spark: a decoder of SmolLM2-135M's shape with weights from a seed, the same documents in five
 * layouts, and on a device materialised scores beside tiles. {@code LayoutPart OUTPUT DTYPE BACKEND LAYERS TOKENS FOLDER}; the folder receives the
 * documents, what the weights are made of and the first hidden states of a few, for another implementation to be compared with.
 */
final class LayoutPart {
    private static final int ROUNDS = 3;
    private static final long SEED = 1;

    /** Whose first hidden states are kept, and how many of each. */
    private static final int DOCUMENTS = 4;

    private static final int STATES = 128;

    private LayoutPart() {}

    public static void main(String[] arguments) throws Exception {
        Dtype dtype = Dtype.valueOf(arguments[1].toUpperCase(Locale.ROOT));
        DecoderShape shape = DecoderShape.smolLm2(Integer.parseInt(arguments[3]));
        long tokens = Long.parseLong(arguments[4]);
        double median = Math.min(BenchmarkDocuments.MEDIAN, tokens / 8.0); // several documents also where tokens are few
        BenchmarkDocuments documents = BenchmarkDocuments.logNormal(
                median, tokens, AttentionBenchmarkOptions.SEQ_LEN, shape.vocabulary(), SEED);
        try (PrintStream out = new PrintStream(arguments[0], StandardCharsets.UTF_8);
                Backend backend = Backends.open(arguments[2], 1, dtype);
                RandomDecoder decoder = new RandomDecoder(shape, documents.seqLen(), SEED, backend)) {
            describe(Path.of(arguments[5]), shape, documents, decoder, backend);
            layouts(new LayoutExperiment(decoder, backend, documents, ROUNDS, SEED, JobProgress.NONE), out);
            if (backend.comparison().isPresent()) {
                tiling(() -> Backends.open(backend.name(), 1, dtype), out);
            }
        }
    }

    private static void layouts(LayoutExperiment experiment, PrintStream out) {
        for (LayoutExperiment.Result result : experiment.run()) {
            out.printf(
                    Locale.ROOT,
                    "{\"layout\": \"%s\", \"tokens_per_second\": %.1f, \"padding_share\": %.4f, \"peak_mb\": %.1f, \"difference\": %.2e}%n",
                    result.layout().title(),
                    result.tokensPerSecond(),
                    result.paddingShare(),
                    result.peakBytes() / 1e6,
                    result.difference());
            out.flush();
        }
    }

    private static void tiling(Supplier<Backend> backends, PrintStream out) {
        TilingExperiment.Setting setting = TilingExperiment.Setting.ofRecord();
        for (TilingExperiment.Result result : new TilingExperiment(setting, backends, 1, ROUNDS, SEED, JobProgress.NONE).run()) {
            out.printf(
                    Locale.ROOT,
                    "{\"length\": %d, \"sequences\": %d, %s, %s}%n",
                    result.length(),
                    result.batch(),
                    cost("standard", result.standard()),
                    cost("tiled", result.tiled()));
            out.flush();
        }
    }

    private static String cost(String way, TilingExperiment.Cost cost) {
        return cost.reason() == null
                ? String.format(
                        Locale.ROOT,
                        "\"%s_ms\": %.4f, \"%s_mb\": %.2f",
                        way,
                        1e3 * cost.seconds(),
                        way,
                        cost.bytes() / 1e6)
                : String.format("\"%s_refused\": \"%s\"", way, cost.reason().replace('"', '\''));
    }

    private static void describe(
            Path folder, DecoderShape shape, BenchmarkDocuments documents, RandomDecoder decoder, Backend backend)
            throws IOException {
        Files.createDirectories(folder);
        Files.writeString(
                folder.resolve("shape.json"),
                String.format(
                        "{\"seed\": %d, \"hidden\": %d, \"heads\": %d, \"key_heads\": %d, \"head_dim\": %d, \"inner\": %d, \"layers\": %d,"
                                + " \"vocabulary\": %d, \"positions\": %d, \"rope_base\": 100000.0, \"epsilon\": 1e-5}%n",
                        SEED,
                        shape.hidden(),
                        shape.heads(),
                        shape.keyHeads(),
                        shape.headDim(),
                        shape.inner(),
                        shape.layers(),
                        shape.vocabulary(),
                        documents.seqLen()));
        Files.write(
                folder.resolve("ids.txt"),
                documents.ids().stream()
                        .map(ids -> Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(" ")))
                        .toList());
        List<Integer> first =
                IntStream.range(0, Math.min(DOCUMENTS, documents.count())).boxed().toList();
        LayoutBatch batch = LayoutBatch.packed(documents, first);
        try (TensorLedger.Scope scope = new TensorLedger(backend).open();
                OutputStream out = Files.newOutputStream(folder.resolve("states.f32"))) {
            float[] states =
                    Layout.PACKED.forward(decoder, backend, batch, scope).toArray();
            for (int document : first) {
                int count = Math.min(STATES, batch.tokens().length(document)) * shape.hidden();
                ByteBuffer bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(states, batch.tokens().start(document) * shape.hidden(), count);
                out.write(bytes.array());
            }
        }
    }
}
