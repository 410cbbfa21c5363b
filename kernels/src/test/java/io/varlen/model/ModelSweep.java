package io.varlen.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.varlen.attention.AttentionListener;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
import io.varlen.attention.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Computes with each model below a folder, as {@code .ci/models/sweep.py} writes them, and leaves beside it the hidden states
 * behind each layer ({@code hidden-<layer>.f32}, all sequences), of language models {@code nll.f64}, and where the processor
 * multiplies bf16 the last layer's states in that ({@code bf16.f32}).
 */
final class ModelSweep {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ModelSweep() {}

    public static void main(String[] args) throws IOException {
        List<Path> folders;
        try (Stream<Path> found = Files.list(Path.of(args[0]))) {
            folders = found.filter(Files::isDirectory).sorted().toList();
        }
        try (Backend backend = Backends.open("cpu", 2);
                Backend fastest = Backends.open("cpu", 2, Dtype.AUTO)) {
            System.out.println(backend.description());
            System.out.println(fastest.description());
            for (Path folder : folders) {
                compute(folder, backend);
                if (fastest.dtype() == Dtype.BF16) {
                    computeLast(folder, fastest, "bf16.f32");
                }
            }
        }
    }

    private static PackedBatch batch(Path folder) throws IOException {
        return TinyModels.pack(MAPPER.readValue(folder.resolve("sequences.json").toFile(), int[][].class));
    }

    private static void computeLast(Path folder, Backend backend, String file) throws IOException {
        try (Transformer model = Models.transformer(ModelFiles.open(folder), backend);
                Tensor states = model.forward(batch(folder), AttentionListener.NONE)) {
            write(folder.resolve(file), states.toArray());
        }
    }

    private static void compute(Path folder, Backend backend) throws IOException {
        PackedBatch batch = batch(folder);
        byte[] config = Files.readAllBytes(folder.resolve("config.json"));
        ModelFiles files = ModelFiles.open(folder);
        for (int layers = 1; layers <= files.config().layers(); layers++) {
            TinyModels.cutBehind(folder, layers);
            try {
                computeLast(folder, backend, "hidden-" + layers + ".f32");
            } finally {
                Files.write(folder.resolve("config.json"), config);
            }
        }
        if (MAPPER.readTree(config).path("architectures").path(0).asText().endsWith("ForCausalLM")) {
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
