package io.varlen.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.varlen.attention.AttentionListener;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Computes with each model below a folder, as {@code .ci/models/sweep.py} writes them, and leaves beside it the hidden states
 * behind each layer ({@code hidden-<layer>.f32}, all sequences) and, of language models, {@code nll.f64}.
 */
final class ModelSweep {
    private ModelSweep() {}

    public static void main(String[] args) throws IOException {
        try (Backend backend = Backends.open("cpu", 2);
                Stream<Path> found = Files.list(Path.of(args[0]))) {
            System.out.println(backend.description());
            for (Path folder : found.filter(Files::isDirectory).sorted().toList()) {
                compute(folder, backend);
            }
        }
    }

    private static void compute(Path folder, Backend backend) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        int[][] sequences = mapper.readValue(folder.resolve("sequences.json").toFile(), int[][].class);
        PackedBatch batch = TinyModels.pack(sequences);
        byte[] config = Files.readAllBytes(folder.resolve("config.json"));
        ModelFiles files = ModelFiles.open(folder);
        for (int layers = 1; layers <= files.config().layers(); layers++) {
            TinyModels.cutBehind(folder, layers);
            try (Transformer model = Models.transformer(ModelFiles.open(folder), backend);
                    Tensor states = model.forward(batch, AttentionListener.NONE)) {
                write(folder.resolve("hidden-" + layers + ".f32"), states.toArray());
            } finally {
                Files.write(folder.resolve("config.json"), config);
            }
        }
        if (mapper.readTree(config).path("architectures").path(0).asText().endsWith("ForCausalLM")) {
            try (CausalLm model = Models.causalLm(files, backend)) {
                write(folder.resolve("nll.f64"), model.negativeLogLikelihood(batch, AttentionListener.NONE));
            }
        }
    }

    private static void write(Path file, float[] values) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        Files.write(file, bytes.array());
    }

    private static void write(Path file, double[] values) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asDoubleBuffer().put(values);
        Files.write(file, bytes.array());
    }
}
