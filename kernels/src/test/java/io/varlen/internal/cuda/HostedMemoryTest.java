package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.attention.Attention;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.DeviceAllocator;
import io.varlen.attention.Dtype;
import io.varlen.attention.Heads;
import io.varlen.attention.Tensor;
import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A backend whose memory and streams are those of another library, on the emulator. */
class HostedMemoryTest {
    private static final CuSeqlens SEQUENCES = CuSeqlens.ofLengths(3, 0, 17, 1);
    private static final int HEADS = 2;
    private static final int DIM = 8;

    private final EmulatedDriver driver = EmulatedDriver.of(80);
    private final Library library = new Library();
    private Backend backend;

    /** The other library: what it has given, and when it has no more. */
    private final class Library implements DeviceAllocator {
        private final Set<Long> taken = new HashSet<>();
        private final List<Long> parked = new ArrayList<>();
        private boolean parks;
        private int allocations;
        private int failsAt;
        private final RuntimeException failure = new IllegalStateException("to be retried");

        @Override
        public synchronized long allocate(long bytes) {
            if (++allocations == failsAt) {
                throw failure;
            }
            long address = driver.device().allocate(bytes);
            taken.add(address);
            return address;
        }

        @Override
        public synchronized void free(long address) {
            assertThat(taken.remove(address)).as("given back twice").isTrue();
            parked.add(address);
            if (!parks) {
                release();
            }
        }

        @Override
        public long taken() {
            return driver.device().taken();
        }

        /** The emulated device waits for all streams when it gets memory back, RMM does not. */
        private void release() {
            parked.forEach(driver.device()::free);
            parked.clear();
        }
    }

    @BeforeEach
    void open() {
        Emulator.kernels();
        Backends.allocateBy(library);
        backend = new CudaOpening(new CudaSessions(driver), Dtype.FP32, architecture -> Set.of()).byName();
        attend(backend, 0); // its checks come before the first call
        backend.forget();
        assertThat(library.taken).isEmpty();
    }

    @AfterEach
    void close() {
        Backends.allocateBy(null);
        backend.close();
        assertThat(library.taken).isEmpty();
        assertThat(driver.device().leaks()).isEmpty();
    }

    @Test
    void attentionOverMemoryOfOthersIsThatOverItsOwn() {
        float[] own;
        try (CudaUnderTest ordinary = ordinary()) {
            own = attend(ordinary.backend(), 0);
        }
        assertThat(attend(backend, 0)).containsExactly(own);
        assertThat(attend(backend, 48)).as("12 floats further on").containsExactly(own);
        backend.forget();
        assertThat(library.taken).isEmpty();
    }

    @Test
    void whatTheLibraryThrowsGoesOutAsItIs() {
        float[] expected = attend(backend, 0);
        backend.forget();
        int failed = 0;
        for (int at = 1; ; at++) {
            library.allocations = 0;
            library.failsAt = at;
            try {
                assertThat(attend(backend, 0)).containsExactly(expected);
                break;
            } catch (IllegalStateException e) {
                assertThat(e).isSameAs(library.failure);
                failed++;
                library.failsAt = 0;
                backend.forget();
                assertThat(library.taken).isEmpty();
                assertThat(attend(backend, 0)).containsExactly(expected);
                backend.forget();
            }
        }
        assertThat(failed).as("q, k, v, o, the plan's ends and tiles").isGreaterThanOrEqualTo(6);
        backend.forget();
    }

    /** What the first thread's stream has to write is there, though that stream cannot be named by another thread. */
    @Test
    void aTensorGoesFromThreadToThread() throws InterruptedException {
        library.parks = true;
        Tensor[] made = new Tensor[1];
        try (Tensor table = backend.tensor(new float[] {1, 2, 3, 4}, 2, 2)) {
            Thread thread = new Thread(() -> {
                made[0] = backend.tensor(2, 2);
                backend.gather(table, new int[] {1, 0}, made[0]);
            });
            thread.start();
            thread.join();
            assertThat(made[0].toArray()).containsExactly(3, 4, 1, 2);
            made[0].close();
        }
        assertThat(library.taken).isEmpty();
        library.parks = false;
        library.release();
    }

    /** By the thread that made it, while another one's stream has still to read it. */
    @Test
    void aTensorIsGivenBackBehindAllThatReadIt() throws InterruptedException {
        library.parks = true;
        Tensor[] made = new Tensor[1];
        try (Tensor table = backend.tensor(new float[] {1, 2, 3, 4}, 2, 2)) {
            Tensor source = backend.tensor(2, 2);
            backend.gather(table, new int[] {1, 0}, source);
            Thread thread = new Thread(() -> {
                made[0] = backend.tensor(2, 2);
                backend.gather(source, new int[] {1, 1}, made[0]);
            });
            thread.start();
            thread.join();
            source.close();
            library.parked.forEach(address -> driver.device().poison(address, Float.BYTES)); // it is somebody else's
            assertThat(made[0].toArray()).containsExactly(1, 2, 1, 2);
            made[0].close();
        }
        library.parks = false;
        library.release();
    }

    /** What its pool has of the device is not lost, and what others have of its pool is. */
    @Test
    void whatIsLeftIsWhatTheLibraryHasNotGiven() {
        long all = driver.device().properties().memory();
        long others = library.allocate(all / 64);
        assertThat(backend.memory()).isEqualTo((all - all / 64) / 2);
        library.free(others);
    }

    @Test
    void anAddressMustBeOfSixteen() {
        assertThatThrownBy(() -> backend.tensor(4096 + 4, 1, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("multiple of 16");
    }

    private static CudaUnderTest ordinary() {
        Backends.allocateBy(null);
        return new CudaUnderTest(80, Dtype.FP32);
    }

    /** Over tensors of its own, or where it is hosted over memory that somebody else has filled, so many bytes into it. */
    private float[] attend(Backend with, int offset) {
        Random dice = new Random(5);
        int tokens = SEQUENCES.total();
        int elements = tokens * HEADS * DIM;
        float[][] qkv = new float[3][elements];
        for (float[] array : qkv) {
            for (int i = 0; i < elements; i++) {
                array[i] = (float) dice.nextGaussian();
            }
        }
        MaskPlan plan = MaskPlan.of(Mask.causal(), SEQUENCES);
        if (with != backend) {
            try (Tensor q = with.tensor(qkv[0], tokens, HEADS * DIM);
                    Tensor k = with.tensor(qkv[1], tokens, HEADS * DIM);
                    Tensor v = with.tensor(qkv[2], tokens, HEADS * DIM);
                    Tensor o = with.tensor(tokens, HEADS * DIM)) {
                with.attention(call(q, k, v, plan, o));
                return o.toArray();
            }
        }
        long[] memory = new long[4];
        try {
            for (int i = 0; i < 4; i++) {
                memory[i] = library.allocate((long) elements * Float.BYTES + offset);
            }
            for (int i = 0; i < 3; i++) {
                com.sun.jna.Pointer to = new com.sun.jna.Pointer(memory[i] + offset);
                to.write(0, qkv[i], 0, elements);
            }
            try (Tensor q = with.tensor(memory[0] + offset, tokens, HEADS * DIM);
                    Tensor k = with.tensor(memory[1] + offset, tokens, HEADS * DIM);
                    Tensor v = with.tensor(memory[2] + offset, tokens, HEADS * DIM);
                    Tensor o = with.tensor(memory[3] + offset, tokens, HEADS * DIM)) {
                with.attention(call(q, k, v, plan, o));
                return o.toArray();
            }
        } finally {
            for (long address : memory) {
                if (address != 0) {
                    library.free(address);
                }
            }
        }
    }

    private static Attention call(Tensor q, Tensor k, Tensor v, MaskPlan plan, Tensor o) {
        return new Attention(Heads.of(q, HEADS), Heads.of(k, HEADS), Heads.of(v, HEADS), plan, Heads.of(o, HEADS));
    }
}
