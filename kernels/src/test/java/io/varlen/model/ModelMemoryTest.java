package io.varlen.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.varlen.attention.AttentionListener;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ModelMemoryTest {
    @TempDir
    private Path temp;

    static List<String> families() {
        return TinyModels.NAMES;
    }

    /** What models really ask a backend for, in fp32. */
    private static final class Asked {
        private long parameters;
        private long activations;

        /** A view of the backend that counts; norms, which have one row, are left out, as in the plan. */
        Backend of(Backend backend) {
            return (Backend) Proxy.newProxyInstance(
                    Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("linear") && arguments[0] instanceof float[] weight) {
                            parameters += weight.length;
                        } else if (method.getName().equals("tensor")
                                && arguments[0] instanceof float[] table
                                && (int) arguments[1] > 1) {
                            parameters += table.length;
                        } else if (method.getName().matches("tensor|activations")
                                && arguments[0] instanceof Integer rows) {
                            activations += (long) rows * (int) arguments[1];
                        }
                        try {
                            return method.invoke(backend, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void itIsWhatTheModelAsksFor(String name) throws IOException {
        ModelFiles files = ModelFiles.open(TinyModels.folder(name, temp));
        PackedBatch batch = TinyModels.pack(TinyModels.sequences(name));
        int tokens = batch.cuSeqlens().total();
        Asked asked = new Asked();
        try (Backend backend = Backends.open("cpu", 1)) {
            ModelMemory memory = ModelMemory.of(files, backend, false);
            try (Transformer model = Models.transformer(files, asked.of(backend))) {
                assertThat(memory.weightBytes()).isEqualTo(asked.parameters * Float.BYTES);
                model.forward(batch, AttentionListener.NONE).close();
            }
            assertThat(tokens * memory.bytesPerToken()).isEqualTo(asked.activations * Float.BYTES);
            long head = (long) files.config().vocabularySize() * files.config().hiddenSize() * Float.BYTES;
            assertThat(ModelMemory.of(files, backend, true).weightBytes()).isEqualTo(memory.weightBytes() + head);
        }
    }
}
