package io.varlen.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.varlen.sequence.CuSeqlens;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The tiny random models of {@code src/test/resources/models} and what PyTorch computes with them. */
final class TinyModels {
    static final List<String> NAMES = List.of(
            "bert", "roberta", "distilbert", "modernbert", "llama", "smollm", "mistral", "qwen2", "qwen3", "llama4");
    static final List<String> CAUSAL = List.of("llama", "smollm", "mistral", "qwen2", "llama4");

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private TinyModels() {}

    /** A folder that {@link ModelFiles#open} takes; the tokenizer in it is none. */
    static Path folder(String name, Path parent) throws IOException {
        Path folder = Files.createDirectories(parent.resolve(name));
        try (Stream<Path> files = Files.list(resources().resolve(name))) {
            for (Path file : files.toList()) {
                String plain = file.getFileName().toString();
                if (plain.equals("config.json") || plain.contains("safetensors")) {
                    Files.write(folder.resolve(plain), Files.readAllBytes(file));
                }
            }
        }
        Files.writeString(folder.resolve("tokenizer.json"), "{}");
        return folder;
    }

    private static Path resources() {
        try {
            URI readme = TinyModels.class.getResource("/models/README.md").toURI();
            return Path.of(readme).getParent();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] bytes(String name, String file) throws IOException {
        try (InputStream in = TinyModels.class.getResourceAsStream("/models/" + name + "/" + file)) {
            return in.readAllBytes();
        }
    }

    static ModelConfig config(String name) throws IOException {
        return ModelConfig.read(JsonFile.parse("config.json", bytes(name, "config.json")));
    }

    /** As if the model had been made with fewer layers. */
    static Path cutBehind(Path folder, int layers) throws IOException {
        Path file = folder.resolve("config.json");
        ObjectNode json = (ObjectNode) MAPPER.readTree(file.toFile());
        json.put(json.has("n_layers") ? "n_layers" : "num_hidden_layers", layers);
        if (json.has("layer_types")) {
            ArrayNode types = (ArrayNode) json.get("layer_types");
            while (types.size() > layers) {
                types.remove(types.size() - 1);
            }
        }
        Files.writeString(file, json.toString());
        return folder;
    }

    static int[][] sequences(String name) throws IOException {
        JsonNode sequences = MAPPER.readTree(bytes(name, "sequences.json"));
        return StreamSupport.stream(sequences.spliterator(), false)
                .map(ids -> StreamSupport.stream(ids.spliterator(), false)
                        .mapToInt(JsonNode::intValue)
                        .toArray())
                .toArray(int[][]::new);
    }

    /** Per sequence, per layer (0: behind the embeddings) the states with the model's last norm, {@code [tokens, hidden]}. */
    static float[][][] hiddenStates(String name) throws IOException {
        ByteBuffer buffer = read(name, "hidden_states.f32");
        ModelConfig config = config(name);
        int[][] sequences = sequences(name);
        float[][][] states = new float[sequences.length][config.layers() + 1][];
        for (int i = 0; i < sequences.length; i++) {
            for (int layer = 0; layer <= config.layers(); layer++) {
                states[i][layer] = new float[sequences[i].length * config.hiddenSize()];
                for (int e = 0; e < states[i][layer].length; e++) {
                    states[i][layer][e] = buffer.getFloat();
                }
            }
        }
        requireEnd(buffer);
        return states;
    }

    /** Per sequence, for each token but the first. */
    static double[][] negativeLogLikelihoods(String name) throws IOException {
        ByteBuffer buffer = read(name, "nll.f64");
        double[][] nll = Arrays.stream(sequences(name))
                .map(ids -> new double[ids.length - 1])
                .toArray(double[][]::new);
        for (double[] sequence : nll) {
            for (int t = 0; t < sequence.length; t++) {
                sequence[t] = buffer.getDouble();
            }
        }
        requireEnd(buffer);
        return nll;
    }

    private static ByteBuffer read(String name, String file) throws IOException {
        return ByteBuffer.wrap(bytes(name, file)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void requireEnd(ByteBuffer buffer) throws IOException {
        if (buffer.hasRemaining()) {
            throw new IOException("the file is longer than the sequences");
        }
    }

    static PackedBatch pack(int[]... sequences) {
        int[] lengths = Arrays.stream(sequences).mapToInt(ids -> ids.length).toArray();
        return new PackedBatch(
                Arrays.stream(sequences).flatMapToInt(Arrays::stream).toArray(), CuSeqlens.ofLengths(lengths));
    }
}
