import io.varlen.InvalidInputException;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
import io.varlen.model.Encoder;
import io.varlen.model.ModelFiles;
import io.varlen.model.Models;
import io.varlen.model.PackedBatch;
import io.varlen.sequence.CuSeqlens;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The kernels alone, from token ids to vectors, as Spark tasks call them: some callers at a time, each on one thread.
 *
 * <p>Usage: {@code KernelWorker MODEL.jar IDS.txt DTYPE CALLERS}. Tries token budgets, keeps the fastest, warms up, and answers
 * {@code ready}; to {@code run CALLERS}, the seconds; to {@code save FILE}, by storing the vectors (float32, little-endian). Answers are
 * lines of JSON.
 */
final class KernelWorker {
    private static final int[] BUDGETS = {1024, 2048, 4096, 8192, 16384};

    private final Encoder encoder;
    private final List<int[]> texts;
    private final float[] vectors;
    private int budget = BUDGETS[0];

    private KernelWorker(Encoder encoder, List<int[]> texts) {
        this.encoder = encoder;
        this.texts = texts;
        this.vectors = new float[texts.size() * encoder.dimension()];
    }

    public static void main(String[] arguments) throws Exception {
        List<int[]> texts = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(arguments[1]))) {
            texts.add(Arrays.stream(line.split(" ")).mapToInt(Integer::parseInt).toArray());
        }
        int callers = Integer.parseInt(arguments[3]);
        try (Backend backend = Backends.open(Backends.AUTO, 1, Dtype.valueOf(arguments[2]));
                Encoder encoder = Models.encoder(ModelFiles.builtin(Path.of(arguments[0])), backend)) {
            KernelWorker worker = new KernelWorker(encoder, texts);
            worker.tune(callers);
            System.out.printf(
                    "{\"ready\": {\"tokens per batch\": %d, \"dtype\": \"%s\", \"backend\": \"%s\"}}%n",
                    worker.budget, backend.dtype(), backend.description());
            BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                worker.answer(line.split(" "));
            }
        } catch (InvalidInputException e) {
            System.out.printf("{\"missing\": \"%s\"}%n", e.getMessage().replace("\"", "'"));
        }
    }

    private void answer(String[] command) throws Exception {
        if (command[0].equals("run")) {
            System.out.printf("{\"seconds_from_ids\": %.6f}%n", seconds(Integer.parseInt(command[1])));
        } else {
            save(Path.of(command[1]));
            System.out.printf("{\"saved\": \"%s\"}%n", command[1]);
        }
    }

    private void tune(int callers) throws Exception {
        for (int i = 0; i < 3; i++) {
            seconds(callers); // until the JVM has compiled it
        }
        double fastest = Double.POSITIVE_INFINITY;
        int best = budget;
        for (int candidate : BUDGETS) {
            budget = candidate;
            double seconds = Math.min(seconds(callers), seconds(callers));
            System.err.printf("kernels, %d tokens per batch: %.2f s%n", candidate, seconds);
            if (seconds < fastest) {
                fastest = seconds;
                best = candidate;
            }
        }
        budget = best;
    }

    private double seconds(int callers) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(callers);
        long began = System.nanoTime();
        List<int[]> batches = batches();
        AtomicInteger next = new AtomicInteger();
        List<Future<?>> done = new ArrayList<>();
        for (int caller = 0; caller < callers; caller++) {
            done.add(pool.submit(() -> {
                for (int i = next.getAndIncrement(); i < batches.size(); i = next.getAndIncrement()) {
                    embed(batches.get(i)[0], batches.get(i)[1]);
                }
            }));
        }
        for (Future<?> one : done) {
            one.get();
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        pool.shutdown();
        return seconds;
    }

    /** From and to, in the order of the texts: nothing is sorted. */
    private List<int[]> batches() {
        List<int[]> batches = new ArrayList<>();
        int tokens = 0;
        int from = 0;
        for (int i = 0; i < texts.size(); i++) {
            if (i > from && tokens + texts.get(i).length > budget) {
                batches.add(new int[] {from, i});
                from = i;
                tokens = 0;
            }
            tokens += texts.get(i).length;
        }
        batches.add(new int[] {from, texts.size()});
        return batches;
    }

    private void embed(int from, int to) {
        int[] lengths = texts.subList(from, to).stream().mapToInt(ids -> ids.length).toArray();
        int[] ids = texts.subList(from, to).stream().flatMapToInt(Arrays::stream).toArray();
        float[] pooled = encoder.embed(new PackedBatch(ids, CuSeqlens.ofLengths(lengths)));
        int dimension = encoder.dimension();
        for (int i = 0; i < lengths.length; i++) {
            double square = 0;
            for (int d = 0; d < dimension; d++) {
                square += pooled[i * dimension + d] * (double) pooled[i * dimension + d];
            }
            for (int d = 0; d < dimension; d++) {
                vectors[(from + i) * dimension + d] = (float) (pooled[i * dimension + d] / Math.sqrt(square));
            }
        }
    }

    private void save(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * vectors.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vectors);
        Files.write(file, bytes.array());
    }
}
