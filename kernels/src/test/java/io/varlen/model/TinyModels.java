package io.varlen.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.varlen.sequence.CuSeqlens;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;

/** The tiny random models of {@code src/test/resources/models} and what PyTorch computes with them. */
final class TinyModels {
    static final List<String> NAMES = List.of("bert", "roberta");
    static final int HIDDEN = 24;
    static final int LAYERS = 2;

    private TinyModels() {}

    /** A folder that {@link ModelFiles#open} takes; the tokenizer in it is none. */
    static Path folder(String name, Path parent) throws IOException {
        Path folder = Files.createDirectories(parent.resolve(name));
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.write(folder.resolve(file), bytes(name, file));
        }
        Files.writeString(folder.resolve("tokenizer.json"), "{}");
        return folder;
    }

    static byte[] bytes(String name, String file) throws IOException {
        try (InputStream in = TinyModels.class.getResourceAsStream("/models/" + name + "/" + file)) {
            return in.readAllBytes();
        }
    }

    static int[][] sequences(String name) throws IOException {
        JsonNode sequences = new ObjectMapper().readTree(bytes(name, "sequences.json"));
        return StreamSupport.stream(sequences.spliterator(), false)
                .map(ids -> StreamSupport.stream(ids.spliterator(), false)
                        .mapToInt(JsonNode::intValue)
                        .toArray())
                .toArray(int[][]::new);
    }

    /** Per sequence, per layer (0: behind the embeddings), {@code [tokens, hidden]}. */
    static float[][][] hiddenStates(String name) throws IOException {
        FloatBuffer buffer = ByteBuffer.wrap(bytes(name, "hidden_states.f32"))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
        int[][] sequences = sequences(name);
        float[][][] states = new float[sequences.length][LAYERS + 1][];
        for (int i = 0; i < sequences.length; i++) {
            for (int layer = 0; layer <= LAYERS; layer++) {
                states[i][layer] = new float[sequences[i].length * HIDDEN];
                buffer.get(states[i][layer]);
            }
        }
        if (buffer.hasRemaining()) {
            throw new IOException("hidden_states.f32 is longer than the sequences");
        }
        return states;
    }

    static PackedBatch pack(int[]... sequences) {
        int[] lengths = Arrays.stream(sequences).mapToInt(ids -> ids.length).toArray();
        return new PackedBatch(
                Arrays.stream(sequences).flatMapToInt(Arrays::stream).toArray(), CuSeqlens.ofLengths(lengths));
    }
}
