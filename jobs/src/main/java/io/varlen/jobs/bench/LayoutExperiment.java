package io.varlen.jobs.bench;

import io.varlen.attention.Backend;
import io.varlen.attention.Tensor;
import io.varlen.packing.GroupHash;
import io.varlen.packing.PackedRow;
import io.varlen.packing.PackingRules;
import io.varlen.packing.RowDealer;
import io.varlen.packing.Segment;
import io.varlen.packing.TokenizedDocument;
import io.varlen.spark.job.JobProgress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The same documents through the same decoder on the same backend in each {@link Layout}; what differs is the layout alone.
 * Forward passes only.
 */
final class LayoutExperiment {
    /** Documents of a padded batch. Packed batches hold about as many tokens. */
    static final int BATCH_DOCUMENTS = 8;

    /** How far hidden states may differ between layouts, relative to the largest. */
    static final double TOLERANCE = 1e-4;

    /**
     * What one layout took.
     *
     * @param seconds the median over all rounds, for all documents
     * @param tokensPerSecond real tokens, not padding
     * @param paddingShare of the rows that linear layers multiply
     * @param pairs query-key pairs that one head of one layer computes
     * @param peakBytes of the tensors that a forward pass holds at the same time, without the backend's own scratch; on a device,
     *     of its memory, with it
     * @param difference the largest to the first layout's hidden states, relative to the largest of these
     */
    record Result(
            Layout layout,
            double seconds,
            double tokensPerSecond,
            double paddingShare,
            long pairs,
            long peakBytes,
            double difference) {}

    private final RandomDecoder decoder;
    private final Backend backend;
    private final BenchmarkDocuments documents;
    private final int rounds;
    private final JobProgress progress;
    private final Map<Layout, List<LayoutBatch>> batches = new EnumMap<>(Layout.class);
    private final List<PackedRow> rows;
    private long done;

    LayoutExperiment(
            RandomDecoder decoder,
            Backend backend,
            BenchmarkDocuments documents,
            int rounds,
            long seed,
            JobProgress progress) {
        this.decoder = decoder;
        this.backend = backend;
        this.documents = documents;
        this.rounds = rounds;
        this.progress = progress;
        this.rows = rows(documents, seed);
        List<LayoutBatch> random = padded(documents.shuffled(seed));
        batches.put(Layout.PADDED_RANDOM, random);
        batches.put(Layout.PADDED_BY_LENGTH, padded(documents.byLength()));
        batches.put(Layout.UNPAD_EVERY_LAYER, random);
        batches.put(Layout.UNPAD_ONCE, random);
        batches.put(Layout.PACKED, packed());
    }

    /** Rows that the documents were packed into. */
    int packedRows() {
        return rows.size();
    }

    /**
     * Checks that all layouts give the same hidden states, which is the warm-up too, then measures them in turn.
     *
     * @throws IllegalStateException if they do not
     */
    List<Result> run() {
        progress.stage("layouts", (1L + rounds) * Layout.values().length, "passes");
        float[][] reference = new float[documents.count()][];
        Map<Layout, Double> differences = new EnumMap<>(Layout.class);
        Map<Layout, Long> peaks = new EnumMap<>(Layout.class);
        for (Layout layout : Layout.values()) {
            TensorLedger ledger = new TensorLedger(backend);
            double[] difference = new double[1];
            Runnable pass = () -> difference[0] = difference(layout, reference, ledger);
            long onDevice =
                    backend.comparison().map(device -> device.peakBytes(pass)).orElse(-1L);
            if (onDevice < 0) {
                pass.run();
            }
            differences.put(layout, difference[0]);
            peaks.put(layout, onDevice < 0 ? ledger.peakBytes() : onDevice);
            progress.advance(++done);
        }
        Map<Layout, List<Double>> seconds = new EnumMap<>(Layout.class);
        for (int round = 0; round < rounds; round++) {
            for (Layout layout : Layout.values()) {
                seconds.computeIfAbsent(layout, key -> new ArrayList<>()).add(seconds(layout));
                progress.advance(++done);
            }
        }
        return Stream.of(Layout.values())
                .map(layout ->
                        result(layout, Median.of(seconds.get(layout)), peaks.get(layout), differences.get(layout)))
                .toList();
    }

    private Result result(Layout layout, double seconds, long peak, double difference) {
        long computed = batches.get(layout).stream().mapToLong(layout::rows).sum();
        long pairs = batches.get(layout).stream().mapToLong(layout::pairs).sum();
        double padding = 1 - documents.tokens() / (double) computed;
        return new Result(layout, seconds, documents.tokens() / seconds, padding, pairs, peak, difference);
    }

    private double seconds(Layout layout) {
        TensorLedger ledger = new TensorLedger(backend);
        long began = System.nanoTime();
        for (LayoutBatch batch : batches.get(layout)) {
            try (TensorLedger.Scope scope = ledger.open()) {
                layout.forward(decoder, backend, batch, scope);
            }
        }
        backend.finish();
        return (System.nanoTime() - began) / 1e9;
    }

    /** Compares with the reference, or fills it where there is none yet. */
    private double difference(Layout layout, float[][] reference, TensorLedger ledger) {
        double difference = 0;
        double largest = Double.MIN_NORMAL;
        for (LayoutBatch batch : batches.get(layout)) {
            try (TensorLedger.Scope scope = ledger.open()) {
                Tensor states = layout.forward(decoder, backend, batch, scope);
                float[] elements = states.toArray();
                for (int i = 0; i < batch.documents().length; i++) {
                    int from = batch.slots().start(i) * states.columns();
                    int length = batch.tokens().length(i) * states.columns();
                    int document = batch.documents()[i];
                    if (reference[document] == null) {
                        reference[document] = Arrays.copyOfRange(elements, from, from + length);
                    }
                    for (int e = 0; e < length; e++) {
                        double expected = reference[document][e];
                        double apart = Math.abs(elements[from + e] - expected);
                        difference = Math.max(difference, apart); // NaN, once there, stays
                        largest = Math.max(largest, Math.abs(expected));
                    }
                }
            }
        }
        if (!(difference <= TOLERANCE * largest)) {
            throw new IllegalStateException(
                    "hidden states of the layout '" + layout.title() + "' are up to " + difference + " from those of '"
                            + Layout.values()[0].title() + "', of which the largest is " + largest);
        }
        return difference / largest;
    }

    private List<LayoutBatch> padded(List<Integer> order) {
        return LayoutBatch.parts(order, BATCH_DOCUMENTS).stream()
                .map(part -> LayoutBatch.padded(documents, part))
                .toList();
    }

    /** As many rows at a time as hold about the tokens of a padded batch; what pads a row stays behind. */
    private List<LayoutBatch> packed() {
        double tokensPerBatch = documents.tokens() / Math.ceil(documents.count() / (double) BATCH_DOCUMENTS);
        int rowsPerBatch = (int) Math.max(1, Math.round(tokensPerBatch / documents.seqLen()));
        return LayoutBatch.parts(rows, rowsPerBatch).stream()
                .map(part -> LayoutBatch.packed(
                        documents,
                        part.stream()
                                .flatMap(row -> row.segments().stream())
                                .map(Segment::docId)
                                .map(Integer::valueOf)
                                .toList()))
                .toList();
    }

    private static List<PackedRow> rows(BenchmarkDocuments documents, long seed) {
        GroupHash hash = new GroupHash(seed);
        List<TokenizedDocument> named = new ArrayList<>();
        for (int i = 0; i < documents.count(); i++) {
            String id = Integer.toString(i);
            named.add(new TokenizedDocument(id, hash.of(id), 0, documents.ids().get(i)));
        }
        List<PackedRow> rows = new ArrayList<>();
        new RowDealer(named, PackingRules.ofLength(documents.seqLen()), 0, seed, 0)
                .rows(0)
                .forEachRemaining(rows::add);
        return rows;
    }
}
