package io.varlen.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WorkersTest {
    @Test
    @Timeout(30)
    void aFailureInOneThreadIsThrownAfterAllThreadsHaveStopped() {
        CyclicBarrier allStarted = new CyclicBarrier(3);
        AtomicBoolean slowOneDone = new AtomicBoolean();
        Thread caller = Thread.currentThread();
        AtomicBoolean failed = new AtomicBoolean();
        try (Workers workers = new Workers(3)) {
            assertThatThrownBy(() -> workers.run(3, () -> item -> {
                        pass(allStarted);
                        if (Thread.currentThread() != caller) {
                            if (failed.compareAndSet(false, true)) {
                                throw new IllegalArgumentException("item " + item);
                            }
                            sleep(300);
                            slowOneDone.set(true);
                        } else {
                            throw new IllegalArgumentException("the caller's item");
                        }
                    }))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(slowOneDone).isTrue();
        }
    }

    private static void pass(CyclicBarrier barrier) {
        try {
            barrier.await(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void sleep(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatAThreadOpensItCloses() {
        try (Workers workers = new Workers(4)) {
            for (int bad : new int[] {-1, 0, 7, 99}) {
                AtomicInteger open = new AtomicInteger();
                AtomicInteger opened = new AtomicInteger();
                Throwable thrown = catchThrowable(() -> workers.run(
                        100,
                        () -> {
                            opened.incrementAndGet();
                            return open.incrementAndGet();
                        },
                        (own, item) -> {
                            if (item == bad) {
                                throw new IllegalStateException("item " + item);
                            }
                        },
                        own -> open.decrementAndGet()));
                assertThat(thrown == null).isEqualTo(bad < 0);
                assertThat(open).hasValue(0);
                assertThat(opened.get()).isBetween(1, 4);
            }
        }
    }
}
