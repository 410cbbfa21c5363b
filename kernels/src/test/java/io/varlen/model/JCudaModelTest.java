package io.varlen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import io.varlen.ForkedJvm;
import io.varlen.attention.AttentionListener;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
import io.varlen.attention.Tensor;
import io.varlen.internal.cuda.CudaUnderTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A model by the name {@code cuda}: through JCuda, with the jar's own binaries, to a stand-in for the driver. */
class JCudaModelTest {
    @TempDir
    private Path temp;

    @ParameterizedTest
    @CsvSource({"BF16, takes cubins", "FP32, takes cubins", "BF16, refuses cubins"})
    void aModelHasTheBitsOfTheEmulatedDevice(String dtype, String driver) throws Exception {
        assumeTrue(
                Backend.class.getResource("/io/varlen/internal/cuda/record.json") != null,
                "no compiled device code is among the resources");
        List<String> lines = ForkedJvm.run(
                Main.class,
                Map.of("spark.varlen.native.dir", temp.resolve("natives").toString()),
                CudaUnderTest.standInDriver().toString(),
                dtype,
                driver,
                TinyModels.folder("modernbert", temp).toString());
        assertThat(lines)
                .contains("same: true")
                .anyMatch(line -> line.startsWith("cuda: stand-in device (sm_80), " + dtype.toLowerCase() + ", "));
    }

    /** Run in a JVM of its own, which has one {@code libcuda.so.1}. */
    static final class Main {
        public static void main(String[] arguments) throws IOException {
            NativeLibrary.getInstance(arguments[0]);
            Dtype dtype = Dtype.valueOf(arguments[1]);
            if (arguments[2].equals("refuses cubins")) {
                Function.getFunction("c", "setenv")
                        .invoke(Integer.class, new Object[] {"VARLEN_STAND_IN_REFUSES_CUBINS", "1", 1});
            }
            float[] through;
            try (Backend cuda = Backends.open("cuda", 1, dtype)) {
                System.out.println(cuda.name() + ": " + cuda.description());
                through = states(cuda, arguments[3]);
            }
            try (CudaUnderTest emulated = new CudaUnderTest(80, dtype)) {
                System.out.println("same: " + Arrays.equals(through, states(emulated.backend(), arguments[3])));
            }
        }

        private static float[] states(Backend backend, String folder) throws IOException {
            PackedBatch batch = TinyModels.pack(TinyModels.sequences("modernbert"));
            try (Transformer model = Models.transformer(ModelFiles.open(Path.of(folder)), backend);
                    Tensor states = model.forward(batch, AttentionListener.NONE)) {
                return states.toArray();
            }
        }
    }
}
