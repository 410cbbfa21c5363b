package io.varlen.internal.cuda;

import io.varlen.attention.DeviceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** What the table of device code's resources says of the dynamic shared memory of kernels. */
final class DynamicShared {
    private static final Path TABLE = Path.of("src/main/cuda/resources.md");
    private static final Map<String, String> BY_KERNEL = read();

    private DynamicShared() {}

    private static Map<String, String> read() {
        Map<String, String> cells = new TreeMap<>();
        try {
            for (String line : Files.readAllLines(TABLE)) {
                String[] row = line.split("\\|");
                if (row.length == 7 && row[1].strip().endsWith(".cu")) {
                    cells.put(row[2].strip(), row[6].strip());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return cells;
    }

    /** Bytes by kernel, or in words what they follow from. */
    static Map<String, String> byKernel() {
        return BY_KERNEL;
    }

    /** @throws DeviceException if the table says another number */
    static void require(String kernel, int bytes) {
        String cell = BY_KERNEL.getOrDefault(kernel, ""); // kernels for tests are not in it
        if (cell.matches("[0-9]+") && Integer.parseInt(cell) != bytes) {
            throw new DeviceException(
                    DeviceException.Kind.USAGE,
                    kernel + " is launched with " + bytes + " bytes of dynamic shared memory, but " + TABLE + " says "
                            + cell);
        }
    }
}
