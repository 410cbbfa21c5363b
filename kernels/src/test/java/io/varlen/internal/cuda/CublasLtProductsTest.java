package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import io.varlen.InvalidInputException;
import io.varlen.attention.Activation;
import io.varlen.attention.DeviceException;
import io.varlen.attention.Dtype;
import io.varlen.attention.Linear;
import io.varlen.attention.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How cublasLt is called, by a stand-in for it that computes what it is told to; the library itself takes a GPU. */
class CublasLtProductsTest {
    private final StandIn library = new StandIn();
    private final Random dice = new Random(6);

    @BeforeEach
    void requireEmulator() {
        Emulator.kernels(); // or the test is skipped
    }

    private CudaBackend open(Dtype dtype) {
        EmulatedDriver.Opened device = EmulatedDriver.of(80).open(0);
        library.device = device;
        CudaSession session = new CudaSession(device, 1 << 30);
        CudaGemm gemm = new CudaGemm(session.launcher(), device.properties(), new CublasLtProducts(library, session));
        return new CudaBackend(session, dtype, new AttentionForms(List.of(), device.properties(), null), gemm);
    }

    @Test
    void agreesWithTheBuiltInGemm() {
        for (Dtype dtype : List.of(Dtype.FP32, Dtype.FP16, Dtype.BF16)) {
            try (CudaBackend backend = open(dtype);
                    CudaBackend other = builtIn(dtype)) {
                for (Activation activation : Activation.values()) {
                    for (int rows : new int[] {3, CublasLtProducts.ROWS + 2}) {
                        float[] weight = random(24 * 16);
                        float[] bias = rows == 3 ? random(24) : null;
                        float[] x = random(rows * 16);
                        float[] mine = multiply(backend, weight, bias, activation, x);
                        float[] builtIn = multiply(other, weight, bias, activation, x);
                        double rounding = dtype == Dtype.FP32 ? 1e-5 : dtype == Dtype.FP16 ? 0x1p-9 : 0x1p-6;
                        for (int i = 0; i < mine.length; i++) {
                            assertThat((double) Math.abs(mine[i] - builtIn[i]))
                                    .isLessThanOrEqualTo(rounding * (1 + Math.abs(builtIn[i])));
                        }
                    }
                }
            }
        }
        assertThat(library.living).isEmpty();
    }

    private CudaBackend builtIn(Dtype dtype) {
        EmulatedDriver.Opened other = EmulatedDriver.of(80).open(0);
        return new CudaBackend(
                new CudaSession(other, 1 << 30), dtype, new AttentionForms(List.of(), other.properties(), null));
    }

    private static float[] multiply(
            CudaBackend backend, float[] weight, float[] bias, Activation activation, float[] x) {
        int rows = x.length / 16;
        try (Linear layer = backend.linear(weight.clone(), 24, bias, activation);
                Tensor table = backend.tensor(x.clone(), rows, 16);
                Tensor from = backend.activations(rows, 16);
                Tensor to = backend.activations(rows, 24)) {
            backend.gather(table, IntStream.range(0, rows).toArray(), from);
            backend.linear(from, layer, to);
            return to.toArray();
        }
    }

    /** One algorithm per shape, one number of rows, no split sums. */
    @Test
    void everyProductOfAShapeIsTheSame() {
        try (CudaBackend backend = open(Dtype.BF16)) {
            for (int rows : new int[] {1, 100, CublasLtProducts.ROWS, 2 * CublasLtProducts.ROWS + 1}) {
                multiply(backend, random(24 * 16), random(24), Activation.RELU, random(rows * 16));
            }
        }
        assertThat(library.heuristics).isEqualTo(1);
        assertThat(library.products).hasSize(1 + 1 + 1 + 3).containsOnly("24x4096x16 epilogue 6");
    }

    @Test
    void whatItCannotFuseIsBuiltIn() {
        try (CudaBackend backend = open(Dtype.BF16)) {
            multiply(backend, random(24 * 16), null, Activation.GELU, random(48));
            multiply(backend, random(24 * 16), null, Activation.SILU, random(48));
            assertThat(library.products).isEmpty();
            multiply(backend, random(24 * 16), null, Activation.GELU_TANH, random(48));
            multiply(backend, random(24 * 16), null, Activation.NONE, random(48));
            assertThat(library.products).containsExactly("24x4096x16 epilogue 32", "24x4096x16 epilogue 1");
        }
        assertThat(library.device.launches().get("gemm_sm80_64_bf16_bf16")).isEqualTo(2);
    }

    @Test
    void failuresSayWhatFailed() {
        try (CudaBackend backend = open(Dtype.BF16)) {
            library.status = 15;
            assertThatThrownBy(() -> multiply(backend, random(24 * 16), null, Activation.NONE, random(48)))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("cublasLtMatmulAlgoGetHeuristic")
                    .hasMessageContaining("15");
            library.status = 0;
        }
        assertThat(library.living).isEmpty();
    }

    @Test
    void itIsTakenWhereItIsProvenOrAskedFor() {
        assertThat(chosen("", Set.of("operations", "plain"), () -> library)).startsWith("built-in");
        assertThat(chosen("", Set.of("cublaslt"), () -> library)).startsWith("cublasLt 0, else built-in");
        assertThat(chosen("auto", Set.of("cublaslt"), () -> library)).startsWith("cublasLt 0");
        assertThat(chosen("built-in", Set.of("cublaslt"), () -> library)).startsWith("built-in");
        assertThat(chosen("cublaslt", Set.of(), () -> library)).startsWith("cublasLt 0");
        assertThat(library.living).isEmpty();
    }

    @Test
    void whereItIsProvenButNotInstalledBuiltInProductsDo() {
        Supplier<CublasLt> none = () -> {
            throw new InvalidInputException("there is none");
        };
        assertThat(chosen("", Set.of("cublaslt"), none)).startsWith("built-in");
        assertThatThrownBy(() -> chosen("cublaslt", Set.of("cublaslt"), none)).hasMessage("there is none");
        library.works = false;
        assertThat(chosen("", Set.of("cublaslt"), () -> library)).startsWith("built-in");
    }

    @Test
    void anotherNameIsRefused() {
        assertThatThrownBy(() -> chosen("cutlass", Set.of(), () -> library))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("'cutlass'")
                .hasMessageContaining("auto, built-in or cublaslt");
    }

    private String chosen(String property, Set<String> proven, Supplier<CublasLt> installed) {
        library.device = EmulatedDriver.of(80).open(0);
        CudaSession session = new CudaSession(library.device, 1 << 30);
        if (!property.isEmpty()) {
            System.setProperty(CudaGemm.PROPERTY, property);
        }
        try (session;
                CudaGemm gemm = CudaGemm.of(session, proven, installed)) {
            return gemm.description();
        } finally {
            System.clearProperty(CudaGemm.PROPERTY);
        }
    }

    private float[] random(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) dice.nextGaussian() / 2;
        }
        return numbers;
    }

    /** Knows what cublasLt's descriptors say, and computes by them, element by element. */
    private static final class StandIn implements CublasLt {
        private static final int ALGORITHM = 0x5eed;

        private final Map<Long, Map<Integer, Long>> living = new HashMap<>();
        private final List<String> products = new ArrayList<>();
        private EmulatedDriver.Opened device;
        private int heuristics;
        private int status;
        private boolean works = true;
        private long last;

        private int create(PointerByReference made, long... numbers) {
            Map<Integer, Long> attributes = new HashMap<>();
            for (int i = 0; i < numbers.length; i++) {
                attributes.put(-1 - i, numbers[i]);
            }
            living.put(++last, attributes);
            made.setValue(new Pointer(last));
            return SUCCESS;
        }

        private int destroy(Pointer object) {
            assertThat(living.remove(Pointer.nativeValue(object))).isNotNull();
            return SUCCESS;
        }

        private int set(Pointer object, int attribute, Pointer value, long bytes) {
            of(object).put(attribute, bytes == 4 ? value.getInt(0) & 0xffffffffL : value.getLong(0));
            return SUCCESS;
        }

        private Map<Integer, Long> of(Pointer object) {
            return living.get(Pointer.nativeValue(object));
        }

        @Override
        public long cublasLtGetVersion() {
            return 0;
        }

        @Override
        public int cublasLtCreate(PointerByReference handle) {
            return works ? create(handle) : 1;
        }

        @Override
        public int cublasLtDestroy(Pointer handle) {
            return destroy(handle);
        }

        @Override
        public int cublasLtMatmulDescCreate(PointerByReference description, int computeType, int scaleType) {
            assertThat(computeType).isEqualTo(COMPUTE_32F);
            assertThat(scaleType).isEqualTo(R_32F);
            return create(description);
        }

        @Override
        public int cublasLtMatmulDescSetAttribute(Pointer description, int attribute, Pointer value, long bytes) {
            assertThat(bytes).isEqualTo(attribute == DESC_BIAS_POINTER ? 8 : 4);
            return set(description, attribute, value, bytes);
        }

        @Override
        public int cublasLtMatmulDescDestroy(Pointer description) {
            return destroy(description);
        }

        @Override
        public int cublasLtMatrixLayoutCreate(
                PointerByReference layout, int type, long rows, long columns, long leadingDimension) {
            return create(layout, type, rows, columns, leadingDimension);
        }

        @Override
        public int cublasLtMatrixLayoutDestroy(Pointer layout) {
            return destroy(layout);
        }

        @Override
        public int cublasLtMatmulPreferenceCreate(PointerByReference preference) {
            return create(preference);
        }

        @Override
        public int cublasLtMatmulPreferenceSetAttribute(Pointer preference, int attribute, Pointer value, long bytes) {
            assertThat(bytes).isEqualTo(attribute == PREFERENCE_WORKSPACE_BYTES ? 8 : 4);
            return set(preference, attribute, value, bytes);
        }

        @Override
        public int cublasLtMatmulPreferenceDestroy(Pointer preference) {
            return destroy(preference);
        }

        @Override
        public int cublasLtMatmulAlgoGetHeuristic(
                Pointer handle,
                Pointer description,
                Pointer a,
                Pointer b,
                Pointer c,
                Pointer d,
                Pointer preference,
                int wanted,
                Memory results,
                IntByReference found) {
            assertThat(of(preference))
                    .containsEntry(PREFERENCE_REDUCTION_SCHEMES, 0L)
                    .containsEntry(PREFERENCE_WORKSPACE_BYTES, 32L << 20);
            assertThat(wanted).isEqualTo(1);
            boolean biased = (of(description).get(DESC_EPILOGUE) & EPILOGUE_BIAS) != 0;
            assertThat(of(description).containsKey(DESC_BIAS_POINTER)).isEqualTo(biased);
            results.clear();
            results.setInt(0, ALGORITHM);
            found.setValue(1);
            heuristics++;
            return status;
        }

        @Override
        public int cublasLtMatmul(
                Pointer handle,
                Pointer description,
                Pointer alpha,
                Pointer a,
                Pointer aLayout,
                Pointer b,
                Pointer bLayout,
                Pointer beta,
                Pointer c,
                Pointer cLayout,
                Pointer d,
                Pointer dLayout,
                Pointer algorithm,
                Pointer workspace,
                long workspaceBytes,
                Pointer stream) {
            device.synchronize(Pointer.nativeValue(stream));
            assertThat(algorithm.getInt(0)).isEqualTo(ALGORITHM);
            assertThat(alpha.getFloat(0)).isEqualTo(1f);
            assertThat(beta.getFloat(0)).isZero();
            assertThat(of(description)).containsEntry(DESC_TRANSA, (long) TRANSPOSED);
            workspace.setMemory(0, workspaceBytes, (byte) -1);
            Column weights = new Column(a, of(aLayout));
            Column x = new Column(b, of(bLayout));
            Column y = new Column(d, of(dLayout));
            assertThat(List.of(weights.columns, weights.rows)).containsExactly(y.rows, x.rows);
            assertThat(x.columns).isEqualTo(y.columns);
            int epilogue = of(description).get(DESC_EPILOGUE).intValue();
            float[] bias = new float[(int) y.rows];
            if ((epilogue & EPILOGUE_BIAS) != 0) {
                Pointer at = new Pointer(of(description).get(DESC_BIAS_POINTER));
                Column own = new Column(at, Map.of(-1, of(dLayout).get(-1), -2, y.rows, -3, 1L, -4, y.rows));
                for (int n = 0; n < bias.length; n++) {
                    bias[n] = own.get(n, 0);
                }
            }
            for (int m = 0; m < y.columns; m++) {
                for (int n = 0; n < y.rows; n++) {
                    double sum = bias[n];
                    for (int k = 0; k < x.rows; k++) {
                        sum += (double) weights.get(k, n) * x.get(k, m);
                    }
                    if ((epilogue & EPILOGUE_RELU) != 0) {
                        sum = Math.max(sum, 0);
                    } else if ((epilogue & EPILOGUE_GELU) != 0) {
                        sum = sum / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (sum + 0.044715 * sum * sum * sum)));
                    }
                    y.set(n, m, (float) sum);
                }
            }
            products.add(y.rows + "x" + y.columns + "x" + x.rows + " epilogue " + epilogue);
            return status;
        }

        /** A column-major matrix. */
        private static final class Column {
            private final Pointer at;
            private final Element element;
            private final long rows;
            private final long columns;
            private final long leadingDimension;

            Column(Pointer at, Map<Integer, Long> layout) {
                this.at = at;
                this.element =
                        layout.get(-1) == R_32F ? Element.F32 : layout.get(-1) == R_16F ? Element.F16 : Element.BF16;
                this.rows = layout.get(-2);
                this.columns = layout.get(-3);
                this.leadingDimension = layout.get(-4);
                assertThat(Pointer.nativeValue(at) % 256).isZero();
            }

            float get(long row, long column) {
                long offset = (column * leadingDimension + row) * element.bytes();
                return element.decode(element == Element.F32 ? at.getInt(offset) : at.getShort(offset));
            }

            void set(long row, long column, float x) {
                long offset = (column * leadingDimension + row) * element.bytes();
                if (element == Element.F32) {
                    at.setInt(offset, element.encode(x));
                } else {
                    at.setShort(offset, (short) element.encode(x));
                }
            }
        }
    }
}
