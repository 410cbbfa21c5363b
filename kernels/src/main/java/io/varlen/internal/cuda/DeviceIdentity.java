package io.varlen.internal.cuda;

/**
 * What tells a device from others, outside this process as well.
 *
 * @param ordinal of {@link DeviceProperties#ordinal()}
 * @param uuid in lower-case hex with hyphens, without the prefix {@code GPU-} or {@code MIG-}; a MIG device has its own
 * @param pciBusId {@code domain:bus:device.function} in hex; MIG devices of a GPU share it
 */
record DeviceIdentity(int ordinal, String uuid, String pciBusId) {
    /** Orders devices as {@code nvidia-smi} numbers them. */
    long pciOrder() {
        return pciOrder(pciBusId);
    }

    static long pciOrder(String pciBusId) {
        long order = 0;
        for (String part : pciBusId.split("[:.]")) {
            order = order << 16 | Long.parseLong(part, 16);
        }
        return order;
    }
}
