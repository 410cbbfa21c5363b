package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.InvalidInputException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DeviceAddressTest {
    /** In the order of the bus; the domain counts more than the bus, and 9 is before 0a and 10. */
    private static final List<String> BUSES =
            List.of("0000:09:00.0", "0000:0a:00.0", "0000:10:00.0", "0000:C1:00.0", "0001:02:00.0");

    private static String uuid(int number) {
        return String.format("%08x-d72c-4106-8a12-143b039dd6fd", 0xa0b1c200 + number);
    }

    /** Devices by their number of nvidia-smi, in CUDA's order. */
    private static List<DeviceIdentity> shown(Integer... numbers) {
        return IntStream.range(0, numbers.length)
                .mapToObj(i -> new DeviceIdentity(i, uuid(numbers[i]), BUSES.get(numbers[i])))
                .toList();
    }

    /** As the kernel names folders: in lower case, in any order. */
    private static List<String> folders() {
        return BUSES.stream()
                .map(String::toLowerCase)
                .sorted(Comparator.reverseOrder())
                .toList();
    }

    @Test
    void aNumberCountsByBusWhateverCudasOrderIs() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            List<Integer> order =
                    new ArrayList<>(IntStream.range(0, BUSES.size()).boxed().toList());
            Collections.shuffle(order, random);
            DeviceAddress address = new DeviceAddress(shown(order.toArray(Integer[]::new)), List.of(), null);
            for (int number = 0; number < BUSES.size(); number++) {
                assertThat(address.ordinal(String.valueOf(number)))
                        .as("seed %d: %d in %s", seed, number, order)
                        .isEqualTo(order.indexOf(number));
            }
        }
    }

    @Test
    void aNumberCountsHiddenDevicesTooWhereAVariableHidesThem() {
        DeviceAddress address = new DeviceAddress(shown(4, 1, 3), folders(), "GPU-x,1,3");
        assertThat(address.ordinal("1")).isEqualTo(1);
        assertThat(address.ordinal(" 3 ")).isEqualTo(2);
        assertThat(address.ordinal("4")).isEqualTo(0);
        for (String hidden : List.of("0", "2", "5")) {
            refused(address, hidden, "the GPU " + hidden + " is assigned", "GPU-" + uuid(4), "is 'GPU-x,1,3'");
        }
        refused(new DeviceAddress(shown(0, 1), List.of(), "0,1"), "0", "UUIDs (GPU-…) leave no doubt");
    }

    @Test
    void aNumberCountsWhatAContainerShows() {
        DeviceAddress address = new DeviceAddress(shown(3, 1), folders(), null);
        assertThat(address.ordinal("0")).isEqualTo(1);
        assertThat(address.ordinal("1")).isEqualTo(0);
        refused(address, "2", "CUDA_VISIBLE_DEVICES is not set");
    }

    @Test
    void theOnlyDeviceShownIsMeant() {
        assertThat(new DeviceAddress(shown(2), folders(), "2").ordinal("2")).isZero();
        assertThat(new DeviceAddress(shown(2), folders(), "2").ordinal("0")).isZero();
    }

    @Test
    void aUuidIsFoundWhereverItIs() {
        DeviceAddress address = new DeviceAddress(shown(2, 0, 1), List.of(), null);
        assertThat(address.ordinal("GPU-" + uuid(0))).isEqualTo(1);
        assertThat(address.ordinal("GPU-" + uuid(1).toUpperCase())).isEqualTo(2);
        assertThat(address.ordinal("GPU-" + uuid(2).substring(0, 8))).isZero();
        refused(address, "GPU-" + uuid(3), "the GPU GPU-" + uuid(3) + " is assigned", "GPU-" + uuid(2));
        refused(address, "GPU-a0b1c2", "the GPU GPU-a0b1c2 is assigned"); // of all three
        refused(address, "GPU-", "is assigned");
    }

    @Test
    void aMigDeviceIsThereOnlyByTheVariable() {
        assertThat(new DeviceAddress(shown(1), folders(), "MIG-" + uuid(1)).ordinal("MIG-" + uuid(1)))
                .isZero();
        refused(
                new DeviceAddress(shown(0, 1), folders(), null),
                "MIG-" + uuid(4),
                "starts with CUDA_VISIBLE_DEVICES=MIG-" + uuid(4),
                "it is not set",
                "spark.executorEnv.CUDA_VISIBLE_DEVICES");
        refused(
                new DeviceAddress(shown(1), folders(), "MIG-" + uuid(1)),
                "MIG-" + uuid(2),
                "it is 'MIG-" + uuid(1) + "'");
    }

    @Test
    void whatIsNoAddressIsSaidToBeNone() {
        for (String bad : List.of("", "gpu0", "-1", "0:1", "99999")) {
            refused(new DeviceAddress(shown(0), folders(), null), bad, "'" + bad + "' is no address of a GPU");
        }
    }

    private static void refused(DeviceAddress address, String wanted, String... why) {
        assertThatThrownBy(() -> address.ordinal(wanted))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContainingAll(why);
    }
}
