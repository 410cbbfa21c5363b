package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.attention.OutOfDeviceMemoryException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class DeviceMemoryTest {
    private static final int MB = 1 << 20;

    private final EmulatedDriver.Opened device =
            EmulatedDriver.of(80, 256L * MB).open(0);
    private final CudaSession session = new CudaSession(device, 100L * MB);
    private final DeviceMemory memory = session.memory();
    private final CudaStream first = new CudaStream(session);
    private final CudaStream second = new CudaStream(session);

    @Property(tries = 30)
    void blocksAreAlignedApartAndAllComeBack(@ForAll long seed) {
        DeviceMemory own = new DeviceMemory(device, 100L * MB, () -> {});
        Random dice = new Random(seed);
        Map<DeviceMemory.Block, Long> held = new HashMap<>();
        for (int i = 0; i < 300; i++) {
            if (dice.nextInt(3) > 0) {
                long bytes = 1L << dice.nextInt(23);
                try {
                    held.put(own.allocate(bytes, dice.nextBoolean() ? first : second), bytes);
                } catch (OutOfDeviceMemoryException e) {
                    assertThat(own.used() + bytes).isGreaterThan(40L * MB);
                }
            } else if (!held.isEmpty()) {
                DeviceMemory.Block block = new ArrayList<>(held.keySet()).get(dice.nextInt(held.size()));
                held.remove(block);
                own.free(block, dice.nextBoolean() ? first : null);
            }
            held.forEach((block, bytes) -> {
                assertThat(block.address() % 256).isZero();
                held.forEach((other, others) -> assertThat(block == other
                                || block.address() + bytes <= other.address()
                                || other.address() + others <= block.address())
                        .as("seed %d", seed)
                        .isTrue());
            });
        }
        held.keySet().forEach(block -> own.free(block, first));
        assertThat(own.used()).isZero();
        own.free(own.allocate(99L * MB, second), null);
        own.close();
        assertThat(own.taken()).isZero();
    }

    @Test
    void aStreamIsGivenItsOwnMemoryAgain() {
        DeviceMemory.Block block = memory.allocate(1000, first);
        long address = block.address();
        memory.free(block, first);
        assertThat(memory.allocate(1000, first).address()).isEqualTo(address);
    }

    /** The first stream's work on a block lies before the second's, without anybody having waited on the host. */
    @Test
    void memoryOfAnotherStreamComesBehindItsWork() {
        DeviceMemory.Block block = memory.allocate(90L * MB, first);
        device.clear(block.address(), 4, first.handle());
        memory.free(block, first);
        DeviceMemory.Block again = memory.allocate(90L * MB, second);
        assertThat(again.address()).isEqualTo(block.address());
        HostMemory seven = device.allocateHost(4);
        seven.bytes().putInt(0, 7);
        device.copyToDevice(again.address(), seven, 0, 4, second.handle());
        HostMemory read = device.allocateHost(4);
        device.copyToHost(read, 0, again.address(), 4, second.handle());
        device.synchronize(second.handle());
        device.synchronize(first.handle());
        assertThat(read.bytes().getInt(0)).isEqualTo(7);
        device.copyToHost(read, 0, again.address(), 4, second.handle());
        device.synchronize(second.handle());
        assertThat(read.bytes().getInt(0)).isEqualTo(7);
    }

    @Test
    void theBudgetIsABound() {
        List<DeviceMemory.Block> blocks = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            blocks.add(memory.allocate(50L * MB, first));
        }
        assertThat(memory.used()).isEqualTo(100L * MB);
        assertThatThrownBy(() -> memory.allocate(1, first))
                .isInstanceOf(OutOfDeviceMemoryException.class)
                .hasMessageContaining("100 MB in use of a budget of 100 MB");
        memory.free(blocks.remove(0), first);
        assertThat(memory.allocate(50L * MB, second)).isNotNull();
    }

    /** Small blocks in many segments, then one that takes all of them together. */
    @Test
    void freeSegmentsAreGivenBackWhereALargerOneIsNeeded() {
        List<DeviceMemory.Block> blocks = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            blocks.add(memory.allocate(10L * MB, first));
        }
        blocks.forEach(block -> memory.free(block, first));
        assertThat(memory.allocate(95L * MB, second)).isNotNull();
        assertThat(memory.taken()).isLessThanOrEqualTo(100L * MB);
    }

    /** Others use the device too. */
    @Test
    void aDeviceThatIsFullIsOutOfMemoryBeforeTheBudgetIs() {
        long others = device.allocate(device.freeMemory() - 50L * MB);
        assertThatThrownBy(() -> memory.allocate(60L * MB, first))
                .isInstanceOf(OutOfDeviceMemoryException.class)
                .hasMessageContaining("free on the device");
        assertThat(memory.allocate(40L * MB, first)).isNotNull();
        device.free(others);
    }

    @Test
    void givingBackTwiceIsAMistake() {
        DeviceMemory.Block block = memory.allocate(1, first);
        memory.free(block, first);
        assertThatThrownBy(() -> memory.free(block, first)).isInstanceOf(IllegalStateException.class);
    }
}
