package io.varlen.internal.cuda;

import io.varlen.InvalidInputException;
import java.io.File;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which device a cluster manager means. It counts as {@code nvidia-smi} does, by PCI bus, or names a UUID; CUDA counts the devices
 * that it shows to this process, the fastest first unless {@code CUDA_DEVICE_ORDER} is {@code PCI_BUS_ID}.
 */
final class DeviceAddress {
    /** The environment variable that hides devices from CUDA, though not from {@code nvidia-smi}. */
    static final String VISIBLE = "CUDA_VISIBLE_DEVICES";

    private static final File GPUS = new File("/proc/driver/nvidia/gpus");
    private static final String MIG = "MIG-";

    private final List<DeviceIdentity> shown;
    private final List<String> inHost;
    private final String visible;

    /**
     * @param shown the devices that the driver shows to this process, at least one
     * @param inHost the PCI bus ids of all that {@code nvidia-smi} would show here; empty if they are not known
     * @param visible the value of {@value #VISIBLE}; null if it is not set
     */
    DeviceAddress(List<DeviceIdentity> shown, List<String> inHost, String visible) {
        this.shown = shown;
        this.inHost = inHost;
        this.visible = visible;
    }

    /** Among the devices shown, on this machine. */
    static DeviceAddress among(List<DeviceIdentity> shown) {
        String[] names = GPUS.list(); // the driver's own list: a folder for each GPU
        return new DeviceAddress(shown, names == null ? List.of() : Arrays.asList(names), System.getenv(VISIBLE));
    }

    /**
     * The ordinal of the device.
     *
     * @param address {@code 3}, {@code GPU-…} or {@code MIG-…}
     * @throws InvalidInputException if this process cannot use it, or it is no address; the message says what would help
     */
    int ordinal(String address) {
        String wanted = address.strip();
        if (wanted.startsWith(MIG)) {
            return byUuid(wanted)
                    .orElseThrow(() -> new InvalidInputException("the MIG device " + wanted
                            + " is assigned, which CUDA shows only to a process that starts with " + VISIBLE + "="
                            + wanted
                            + " in its environment (it " + itIs() + "); in Spark set spark.executorEnv." + VISIBLE
                            + ", one executor per MIG device"));
        }
        if (wanted.startsWith("GPU-")) {
            return byUuid(wanted)
                    .orElseThrow(() ->
                            new InvalidInputException("the GPU " + wanted + " is assigned, but CUDA shows this process "
                                    + names() + " (" + VISIBLE + " " + itIs() + ")"));
        }
        if (!wanted.matches("\\d{1,4}")) {
            throw new InvalidInputException("'" + address
                    + "' is no address of a GPU; it can be a number as nvidia-smi counts, GPU-<UUID> or MIG-<UUID>");
        }
        return byNumber(Integer.parseInt(wanted));
    }

    /** A UUID may be cut short as long as one device alone has it, as in {@value #VISIBLE}. */
    private Optional<Integer> byUuid(String address) {
        String uuid = address.substring(MIG.length()).toLowerCase(Locale.ROOT);
        List<DeviceIdentity> found = shown.stream()
                .filter(device -> !uuid.isEmpty() && device.uuid().startsWith(uuid))
                .toList();
        return found.size() == 1 ? Optional.of(found.get(0).ordinal()) : Optional.empty();
    }

    private int byNumber(int number) {
        if (shown.size() == 1) {
            return shown.get(0).ordinal(); // whoever hid the others has chosen it
        }
        Stream<Long> counted;
        if (visible == null) {
            // what else hides devices, as a container does, hides them from nvidia-smi too
            counted = shown.stream().map(DeviceIdentity::pciOrder);
        } else {
            counted = inHost.stream().map(DeviceIdentity::pciOrder);
        }
        List<Long> orders = counted.sorted(Comparator.naturalOrder()).toList();
        return shown.stream()
                .filter(device -> number < orders.size() && device.pciOrder() == orders.get(number))
                .map(DeviceIdentity::ordinal)
                .findFirst()
                .orElseThrow(() -> new InvalidInputException("the GPU " + number
                        + " is assigned, as nvidia-smi counts, but CUDA shows this process " + names() + " ("
                        + VISIBLE + " " + itIs() + "); addresses that are UUIDs (GPU-…) leave no doubt"));
    }

    private String itIs() {
        return visible == null ? "is not set" : "is '" + visible + "'";
    }

    private String names() {
        return String.join(
                ", ", shown.stream().map(device -> "GPU-" + device.uuid()).toList());
    }
}
