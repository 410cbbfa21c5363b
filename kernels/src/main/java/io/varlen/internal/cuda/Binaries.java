package io.varlen.internal.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** The compiled device code among the resources: {@code NAME.TARGET.cubin.gz} and {@code NAME.TARGET.ptx.gz}. */
final class Binaries {
    private Binaries() {}

    /** What a device can load of a file, the best first: its own cubin, then what its driver has to compile. */
    static List<String> candidates(String file, int capability) {
        String own = file + ".sm_90a.cubin";
        String major = file + ".sm_80.cubin"; // runs on all of compute capability 8
        String ptx80 = file + ".compute_80.ptx";
        String ptx75 = file + ".compute_75.ptx";
        if (capability == 90) {
            return List.of(own, ptx80);
        }
        if (capability / 10 == 8) {
            return List.of(major, ptx80);
        }
        return capability > 80 ? List.of(ptx80) : List.of(ptx75);
    }

    /**
     * The candidates that there are, the best first.
     *
     * @throws IllegalStateException if there is none
     */
    static List<Image> images(String file, int capability) {
        List<Image> images = new ArrayList<>();
        for (String name : candidates(file, capability)) {
            byte[] bytes = read(name + ".gz");
            if (bytes != null) {
                images.add(new Image(name, bytes));
            }
        }
        if (images.isEmpty()) {
            throw new IllegalStateException("there are no kernels " + file + " for sm_" + capability
                    + " in this jar: none of " + String.join(", ", candidates(file, capability)));
        }
        return images;
    }

    /** A binary as the driver takes it. */
    record Image(String name, byte[] bytes) {}

    private static byte[] read(String resource) {
        try (InputStream in = Binaries.class.getResourceAsStream(resource)) {
            if (in == null) {
                return null;
            }
            try (GZIPInputStream unpacked = new GZIPInputStream(in)) {
                return unpacked.readAllBytes();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
