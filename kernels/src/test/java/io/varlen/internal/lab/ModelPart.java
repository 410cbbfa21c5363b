package io.varlen.internal.lab;

import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
import io.varlen.model.Encoder;
import io.varlen.model.ModelFiles;
import io.varlen.model.Models;
import io.varlen.model.PackedBatch;
import io.varlen.sequence.CuSeqlens;
import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.Tokenizer;
import io.varlen.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Embeds the texts of {@code LabModel}: {@code ModelPart FOLDER OUTPUT DTYPE [BACKEND]}. Tokens per second from token ids and from texts,
 * for several callers and sizes of batches, and the smallest cosine to the CPU's vectors; each the fastest of five rounds. The system
 * property {@code varlen.lab.quick} makes it a check of few texts, whose figures say nothing.
 */
final class ModelPart {
    private static final boolean QUICK = Boolean.getBoolean("varlen.lab.quick");
    private static final int[] CALLERS = QUICK ? new int[] {2} : new int[] {1, 2, 4, 8};
    private static final int[] BATCHES = QUICK ? new int[] {512} : new int[] {16_384, 65_536, 262_144};
    private static final int ROUNDS = QUICK ? 1 : 5;
    private static final int CLS = 101;
    private static final int SEP = 102;

    private final Encoder encoder;
    private final Tokenizer tokenizer;
    private final int[] rows;
    private final List<byte[]> texts;
    private final List<int[]> ids;
    private final float[] vectors;

    private ModelPart(Path folder, Encoder encoder, Tokenizer tokenizer) throws IOException {
        this.encoder = encoder;
        this.tokenizer = tokenizer;
        long count = QUICK ? 20 : Long.MAX_VALUE;
        this.rows = numbers(Files.readString(folder.resolve("rows.txt")));
        this.texts = Files.readAllLines(folder.resolve("texts.txt")).stream()
                .limit(count)
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
        this.ids = Files.readAllLines(folder.resolve("ids.txt")).stream()
                .limit(count)
                .map(ModelPart::numbers)
                .toList();
        this.vectors = new float[texts.size() * encoder.dimension()];
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        Dtype dtype = Dtype.valueOf(arguments[2].toUpperCase(Locale.ROOT));
        String name = arguments.length > 3 ? arguments[3] : "cuda";
        ModelFiles files = ModelFiles.open(folder);
        try (Results results = new Results(arguments[1]);
                Backend backend = Backends.open(name, 1, dtype);
                Encoder encoder = Models.encoder(files, backend);
                Tokenizer tokenizer = Tokenizers.open(files.tokenizer())) {
            results.write("backend", backend.name(), "description", backend.description(), "dtype", dtype.optionName());
            ModelPart part = new ModelPart(folder, encoder, tokenizer);
            for (int batch : BATCHES) {
                for (int callers : CALLERS) {
                    part.measure(results, callers, batch, folder);
                }
            }
        }
    }

    private void measure(Results results, int callers, int batch, Path folder) throws Exception {
        double fromIds = Double.POSITIVE_INFINITY;
        double fromTexts = Double.POSITIVE_INFINITY;
        int tokens = ids.stream().mapToInt(text -> text.length).sum();
        try {
            for (int round = 0; round < ROUNDS; round++) {
                fromIds = Math.min(fromIds, seconds(callers, batch, ids::get));
                fromTexts = Math.min(fromTexts, seconds(callers, batch, this::tokenize));
            }
            results.write(
                    "model",
                    "minilm",
                    "callers",
                    callers,
                    "batch_tokens",
                    batch,
                    "tokens_per_second_from_ids",
                    tokens / fromIds,
                    "tokens_per_second_from_texts",
                    tokens / fromTexts,
                    "cosine",
                    smallestCosine(expected(folder)));
        } catch (java.util.concurrent.ExecutionException e) {
            results.write(
                    "model",
                    "minilm",
                    "callers",
                    callers,
                    "batch_tokens",
                    batch,
                    "refused",
                    Results.reason(e.getCause()));
        }
    }

    /** The ids of a text, as it would be given to the model by a user, as rows of the cut table. */
    private int[] tokenize(int text) {
        byte[] utf8 = texts.get(text);
        TokenBuffer tokens = new TokenBuffer();
        tokens.add(CLS);
        tokenizer.encode(utf8, 0, utf8.length, tokens);
        tokens.add(SEP);
        int[] all = tokens.toArray();
        for (int i = 0; i < all.length; i++) {
            all[i] = Arrays.binarySearch(rows, all[i]);
        }
        return all;
    }

    /** Where the ids of a text come from. */
    private interface Source {
        int[] ids(int text);
    }

    private double seconds(int callers, int batchTokens, Source source) throws Exception {
        List<int[]> batches = batches(batchTokens);
        AtomicInteger next = new AtomicInteger();
        ExecutorService pool = Executors.newFixedThreadPool(callers);
        long began = System.nanoTime();
        List<Future<?>> done = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            done.add(pool.submit(() -> {
                for (int at = next.getAndIncrement(); at < batches.size(); at = next.getAndIncrement()) {
                    embed(batches.get(at)[0], batches.get(at)[1], source);
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
    private List<int[]> batches(int most) {
        List<int[]> batches = new ArrayList<>();
        int from = 0;
        int tokens = 0;
        for (int i = 0; i < ids.size(); i++) {
            if (tokens > 0 && tokens + ids.get(i).length > most) {
                batches.add(new int[] {from, i});
                from = i;
                tokens = 0;
            }
            tokens += ids.get(i).length;
        }
        batches.add(new int[] {from, ids.size()});
        return batches;
    }

    private void embed(int from, int to, Source source) {
        List<int[]> batch = new ArrayList<>();
        for (int i = from; i < to; i++) {
            batch.add(source.ids(i));
        }
        int[] lengths = batch.stream().mapToInt(text -> text.length).toArray();
        int[] packed = new int[Arrays.stream(lengths).sum()];
        int at = 0;
        for (int[] text : batch) {
            System.arraycopy(text, 0, packed, at, text.length);
            at += text.length;
        }
        float[] pooled = encoder.embed(new PackedBatch(packed, CuSeqlens.ofLengths(lengths)));
        System.arraycopy(pooled, 0, vectors, from * encoder.dimension(), pooled.length);
    }

    private static float[] expected(Path folder) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("expected.f32")))
                .order(ByteOrder.LITTLE_ENDIAN);
        float[] expected = new float[bytes.remaining() / 4];
        bytes.asFloatBuffer().get(expected);
        return expected;
    }

    private double smallestCosine(float[] expected) {
        double smallest = 1;
        int dimension = encoder.dimension();
        for (int row = 0; row < Math.min(expected.length, vectors.length); row += dimension) {
            double dot = 0;
            double ours = 0;
            double theirs = 0;
            for (int i = row; i < row + dimension; i++) {
                dot += (double) vectors[i] * expected[i];
                ours += (double) vectors[i] * vectors[i];
                theirs += (double) expected[i] * expected[i];
            }
            double cosine = dot / Math.sqrt(ours * theirs);
            smallest = cosine >= smallest ? smallest : cosine; // also if it is NaN
        }
        return smallest;
    }

    private static int[] numbers(String line) {
        return Arrays.stream(line.strip().split(" "))
                .mapToInt(Integer::parseInt)
                .toArray();
    }
}
