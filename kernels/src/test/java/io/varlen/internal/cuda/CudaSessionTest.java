package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.attention.OutOfDeviceMemoryException;
import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CudaSessionTest {
    private final EmulatedDriver.Opened device = EmulatedDriver.of(80).open(0);
    private final CudaSession session = new CudaSession(device, 512L << 20);

    /** More than two staging buffers in either direction. */
    @ParameterizedTest
    @EnumSource(Element.class)
    void whatIsUploadedComesBack(Element element) {
        Random dice = new Random(1);
        float[] numbers = new float[1_000 * 1_003];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = element.decode(element.encode((float) dice.nextGaussian()));
        }
        CudaTensor tensor = session.upload(numbers, element, 1_000, 1_003);
        assertThat(Arrays.mismatch(tensor.toArray(), numbers)).isEqualTo(-1);
        assertThat(session.upload(new float[0], element, 0, 7).toArray()).isEmpty();
        assertThat(session.upload(new float[] {3}, element, 1, 1).toArray()).containsExactly(3);
        assertThatThrownBy(() -> session.upload(new float[5], element, 2, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[2, 3]");
    }

    @Test
    void aTensorBeginsAsNumbersOfNobody() {
        try (CudaTensor tensor = session.tensor(Element.F32, 3, 5)) {
            assertThat(tensor.toArray()).hasSize(15).containsOnly(Float.NaN);
        }
    }

    @Test
    void aClosedTensorIsRefused() {
        CudaTensor tensor = session.tensor(Element.F32, 3, 5);
        tensor.close();
        tensor.close();
        assertThatThrownBy(tensor::address).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aThreadHasAStreamAndLeavesItToTheNext() throws InterruptedException {
        CudaStream mine = session.stream();
        assertThat(session.stream()).isSameAs(mine);
        CudaStream theirs = onAThread(session::stream);
        assertThat(theirs).isNotSameAs(mine);
        assertThat(onAThread(session::stream)).isSameAs(theirs);
    }

    /** Nobody waits on the host, yet the second thread's copy sees what the first one's stream has to write. */
    @Test
    void aTensorMayGoFromThreadToThread() throws InterruptedException {
        CudaTensor tensor = session.tensor(Element.F32, 1, 4);
        device.clear(tensor.address(), 16, session.stream().handle());
        assertThat(onAThread(tensor::toArray)).containsExactly(0, 0, 0, 0);
    }

    @Test
    void whatAPlanHasDerivedIsUploadedOnce() {
        MaskPlan mask = MaskPlan.of(Mask.causal(), CuSeqlens.ofLengths(3, 2));
        DevicePlan plan = session.plan(mask);
        assertThat(session.plan(mask)).isSameAs(plan);
        assertThat(ints(plan.low(), 5)).containsExactly(0, 0, 0, 3, 3);
        assertThat(ints(plan.high(), 5)).containsExactly(1, 2, 3, 4, 5);
        assertThat(plan.low()).isEqualTo(plan.low()).isNotEqualTo(plan.high());
        ByteBuffer once = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
        DevicePlan.Array array =
                plan.array("mine", () -> once.putInt(0, 8).position(0).limit(4));
        assertThat(array.bytes()).isEqualTo(4);
        assertThat(plan.array("mine", () -> {
                    throw new AssertionError("asked twice");
                }))
                .isSameAs(array);
        assertThat(ints(array.address(), 1)).containsExactly(8);
    }

    @Test
    void plansOfEarlierBatchesGoAndTheirMemoryComesBack() {
        MaskPlan mask = MaskPlan.of(Mask.causal(), CuSeqlens.ofLengths(1000));
        DevicePlan plan = session.plan(mask);
        plan.low();
        long used = session.memory().used();
        for (int i = 0; i < 40; i++) {
            session.plan(MaskPlan.of(Mask.causal(), CuSeqlens.ofLengths(1000))).low();
        }
        assertThat(session.memory().used()).isEqualTo(8 * used);
        assertThat(session.plan(mask)).isNotSameAs(plan);
    }

    /** Of this thread, of one that is no more, and of one that only waits; a call may look through two masks at once. */
    @Test
    void plansOfEarlierBatchesGoBeforeMemoryIsRefused() throws Exception {
        onAThread(() -> keep(3));
        CountDownLatch kept = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        Thread waiting = new Thread(() -> {
            keep(4);
            kept.countDown();
            await(done);
        });
        waiting.start();
        await(kept);
        DevicePlan last = keep(5);
        long address = last.array("kept", CudaSessionTest::content).address();
        assertThat(session.memory().used()).isEqualTo(12L * CONTENT);
        CudaTensor large = session.tensor(Element.F32, 1, 300 << 18);
        assertThat(session.memory().used()).isEqualTo(4L * CONTENT + large.bytes());
        assertThat(last.array("kept", () -> {
                            throw new AssertionError("it was given back");
                        })
                        .address())
                .isEqualTo(address);
        assertThat(ints(address, 1)).containsExactly(7);
        assertThatThrownBy(() -> session.tensor(Element.F32, 1, 300 << 18))
                .isInstanceOf(OutOfDeviceMemoryException.class);
        done.countDown();
        waiting.join();
    }

    private static final int CONTENT = 40 << 20;

    /** The last one of some plans that keep memory. */
    private DevicePlan keep(int count) {
        DevicePlan plan = null;
        for (int i = 0; i < count; i++) {
            plan = session.plan(MaskPlan.of(Mask.causal(), CuSeqlens.ofLengths(2)));
            plan.array("kept", CudaSessionTest::content);
        }
        return plan;
    }

    private static ByteBuffer content() {
        return ByteBuffer.allocate(CONTENT).order(ByteOrder.nativeOrder()).putInt(0, 7);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void positionsAreUploadedWhenTheyChange() {
        int[] positions = {3, 1, 2};
        DevicePositions kept = session.stream().positions();
        long address = kept.upload(positions);
        assertThat(kept.upload(positions.clone())).isEqualTo(address);
        assertThat(ints(address, 3)).containsExactly(3, 1, 2);
        positions[0] = 9;
        assertThat(ints(kept.upload(positions), 3)).containsExactly(9, 1, 2);
    }

    @Test
    void closingGivesEverythingBack() throws InterruptedException {
        session.upload(new float[100], Element.BF16, 10, 10).toArray();
        session.plan(MaskPlan.of(Mask.full(), CuSeqlens.ofLengths(5))).high();
        session.stream().positions().upload(new int[] {1});
        onAThread(() -> session.tensor(Element.F32, 1, 1).toArray());
        assertThat(device.leaks()).isNotEmpty();
        session.close();
        assertThat(device.leaks()).isEmpty();
    }

    private int[] ints(long address, int count) {
        int[] numbers = new int[count];
        session.stream()
                .staging()
                .download(
                        address,
                        count,
                        Integer.BYTES,
                        (from, some, bytes) -> bytes.asIntBuffer().get(numbers, (int) from, some));
        return numbers;
    }

    private static <T> T onAThread(java.util.function.Supplier<T> work) throws InterruptedException {
        AtomicReference<T> result = new AtomicReference<>();
        Thread thread = new Thread(() -> result.set(work.get()));
        thread.start();
        thread.join();
        return result.get();
    }
}
