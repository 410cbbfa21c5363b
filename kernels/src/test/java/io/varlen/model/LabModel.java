package io.varlen.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
import io.varlen.internal.Fp16;
import io.varlen.sequence.CuSeqlens;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Writes what the GPU lab embeds: the built-in model with fp16 weights and only those rows of its embedding table that the texts need,
 * the texts, their token ids, and what the CPU makes of the first of them. Not a test: {@code LabModel FOLDER}.
 *
 * <p>Beside the files of a Hugging Face model it leaves {@code texts.txt} and {@code ids.txt} (a text per line; ids are rows of the cut
 * table), {@code rows.txt} (the id that each row has in {@code tokenizer.json}) and {@code expected.f32} (float32, little-endian: a
 * vector for each of the first {@value #EXPECTED} texts, before normalisation).
 */
final class LabModel {
    private static final int TEXTS = 4000;
    private static final int EXPECTED = 200;
    private static final int WORDS = 3000;
    private static final int MEDIAN = 57;
    private static final double SIGMA = 0.8;
    private static final int CAP = 256;
    private static final int PAD = 0;
    private static final int CLS = 101;
    private static final int SEP = 102;
    private static final String TABLE = "embeddings.word_embeddings.weight";

    private LabModel() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        ModelFiles builtin = ModelFiles.builtin(null);
        Map<String, Integer> words = words(builtin.tokenizer().json());
        List<String> texts = texts(words, new Random(1));
        List<int[]> ids = texts.stream().map(text -> ids(text, words)).toList();
        int[] rows = new TreeSet<>(
                        ids.stream().flatMapToInt(Arrays::stream).boxed().toList())
                .stream().mapToInt(Integer::intValue).toArray();
        if (rows[0] != PAD) { // the row of the padding id comes first, as in the whole table
            rows = concat(PAD, rows);
        }
        writeModel(folder, (BertConfig) builtin.config(), builtin, rows);
        List<int[]> cut = new ArrayList<>();
        for (int[] text : ids) {
            int[] known = rows;
            cut.add(Arrays.stream(text)
                    .map(id -> Arrays.binarySearch(known, id))
                    .toArray());
        }
        Files.write(folder.resolve("texts.txt"), texts);
        Files.write(folder.resolve("ids.txt"), cut.stream().map(LabModel::line).toList());
        Files.writeString(folder.resolve("rows.txt"), line(rows));
        Files.write(folder.resolve("expected.f32"), expected(folder, cut.subList(0, EXPECTED)));
        System.out.printf(
                "%s: %d texts of %d tokens, %d rows of %d%n",
                folder, texts.size(), ids.stream().mapToInt(text -> text.length).sum(), rows.length, 30522);
    }

    /** Words that are one token each, the commonest first, with their ids. */
    private static Map<String, Integer> words(byte[] tokenizer) throws IOException {
        JsonNode vocabulary = new ObjectMapper().readTree(tokenizer).at("/model/vocab");
        List<Map.Entry<String, JsonNode>> entries = new ArrayList<>(vocabulary.properties());
        entries.sort(Map.Entry.comparingByValue((a, b) -> Integer.compare(a.intValue(), b.intValue())));
        Map<String, Integer> words = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : entries) {
            if (words.size() < WORDS && entry.getKey().matches("[a-z]{2,}")) {
                words.put(entry.getKey(), entry.getValue().intValue());
            }
        }
        return words;
    }

    /** Lengths are log-normal and count the special tokens; a word of rank r is drawn in proportion to 1 / (r + 10). */
    private static List<String> texts(Map<String, Integer> words, Random dice) {
        List<String> ranked = List.copyOf(words.keySet());
        double[] upTo = new double[ranked.size()];
        double sum = 0;
        for (int rank = 0; rank < upTo.length; rank++) {
            sum += 1.0 / (rank + 10);
            upTo[rank] = sum;
        }
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < TEXTS; i++) {
            long length = Math.round(MEDIAN * Math.exp(SIGMA * dice.nextGaussian()));
            List<String> text = new ArrayList<>();
            for (int word = 2; word < Math.max(3, Math.min(CAP, length)); word++) {
                int at = Arrays.binarySearch(upTo, dice.nextDouble() * sum);
                text.add(ranked.get(Math.min(at < 0 ? -at - 1 : at, upTo.length - 1)));
            }
            texts.add(String.join(" ", text));
        }
        return texts;
    }

    private static int[] ids(String text, Map<String, Integer> words) {
        int[] ids = Arrays.stream(text.split(" ")).mapToInt(words::get).toArray();
        return append(concat(CLS, ids), SEP);
    }

    private static void writeModel(Path folder, BertConfig config, ModelFiles builtin, int[] rows) throws IOException {
        int hidden = config.hiddenSize();
        SafetensorsWriter tensors = new SafetensorsWriter();
        try (Weights weights = builtin.openWeights()) {
            float[] table = weights.read(TABLE, config.vocabularySize(), hidden);
            float[] kept = new float[rows.length * hidden];
            for (int i = 0; i < rows.length; i++) {
                System.arraycopy(table, rows[i] * hidden, kept, i * hidden, hidden);
            }
            fp16(tensors, TABLE, kept, rows.length, hidden);
            for (Map.Entry<String, int[]> one : shapes(config).entrySet()) {
                fp16(tensors, one.getKey(), weights.read(one.getKey(), one.getValue()), one.getValue());
            }
        }
        tensors.write(folder.resolve("model.safetensors"));
        Files.write(folder.resolve("tokenizer.json"), builtin.tokenizer().json());
        Files.writeString(folder.resolve("config.json"), """
                {"model_type": "bert", "vocab_size": %d, "hidden_size": %d, "num_hidden_layers": %d, "num_attention_heads": %d,
                 "intermediate_size": %d, "hidden_act": "gelu", "max_position_embeddings": 512, "type_vocab_size": 2,
                 "layer_norm_eps": 1e-12, "pad_token_id": 0, "position_embedding_type": "absolute"}
                """.formatted(
                        rows.length, hidden, config.layers(), config.heads(), config.intermediateSize()));
    }

    /** All parameters but the table of words. */
    private static Map<String, int[]> shapes(BertConfig config) {
        int hidden = config.hiddenSize();
        int inner = config.intermediateSize();
        Map<String, int[]> shapes = new LinkedHashMap<>();
        shapes.put("embeddings.position_embeddings.weight", new int[] {512, hidden});
        shapes.put("embeddings.token_type_embeddings.weight", new int[] {2, hidden});
        norm(shapes, "embeddings.LayerNorm", hidden);
        for (int i = 0; i < config.layers(); i++) {
            String layer = "encoder.layer." + i + ".";
            for (String part : List.of("query", "key", "value")) {
                linear(shapes, layer + "attention.self." + part, hidden, hidden);
            }
            linear(shapes, layer + "attention.output.dense", hidden, hidden);
            norm(shapes, layer + "attention.output.LayerNorm", hidden);
            linear(shapes, layer + "intermediate.dense", inner, hidden);
            linear(shapes, layer + "output.dense", hidden, inner);
            norm(shapes, layer + "output.LayerNorm", hidden);
        }
        return shapes;
    }

    private static void norm(Map<String, int[]> shapes, String name, int hidden) {
        shapes.put(name + ".weight", new int[] {hidden});
        shapes.put(name + ".bias", new int[] {hidden});
    }

    private static void linear(Map<String, int[]> shapes, String name, int outputs, int inputs) {
        shapes.put(name + ".weight", new int[] {outputs, inputs});
        shapes.put(name + ".bias", new int[] {outputs});
    }

    private static void fp16(SafetensorsWriter tensors, String name, float[] elements, int... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * elements.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float element : elements) {
            bytes.putShort(Fp16.round(element));
        }
        tensors.raw(name, "F16", bytes.array(), shape);
    }

    private static byte[] expected(Path folder, List<int[]> ids) {
        int[] lengths = ids.stream().mapToInt(text -> text.length).toArray();
        int[] packed = ids.stream().flatMapToInt(Arrays::stream).toArray();
        try (Backend cpu = Backends.open("cpu", 2, Dtype.FP32);
                Encoder encoder = Models.encoder(ModelFiles.open(folder), cpu)) {
            float[] vectors = encoder.embed(new PackedBatch(packed, CuSeqlens.ofLengths(lengths)));
            ByteBuffer bytes = ByteBuffer.allocate(4 * vectors.length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(vectors);
            return bytes.array();
        }
    }

    private static String line(int[] ids) {
        return Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(" "));
    }

    private static int[] concat(int first, int[] others) {
        int[] all = new int[others.length + 1];
        all[0] = first;
        System.arraycopy(others, 0, all, 1, others.length);
        return all;
    }

    private static int[] append(int[] others, int last) {
        int[] all = Arrays.copyOf(others, others.length + 1);
        all[others.length] = last;
        return all;
    }
}
