package io.varlen.internal.cuda;

import java.util.Arrays;

/** The positions of a stream's last batch on the device: every layer rotates by the same ones. */
final class DevicePositions {
    private final CudaSession session;
    private final CudaStream stream;
    private int[] known = {};
    private DeviceMemory.Block block;

    DevicePositions(CudaSession session, CudaStream stream) {
        this.session = session;
        this.stream = stream;
    }

    /** Where these numbers lie, until this is called with others. */
    synchronized long upload(int[] positions) {
        if (block == null || !Arrays.equals(positions, known)) {
            clear();
            block = session.memory().allocate((long) positions.length * Integer.BYTES, stream);
            known = null; // until they are there
            stream.staging()
                    .upload(
                            block.address(),
                            positions.length,
                            Integer.BYTES,
                            (from, count, to) -> to.asIntBuffer().put(positions, (int) from, count));
            known = positions.clone();
        }
        return block.address();
    }

    synchronized void clear() {
        if (block != null) {
            session.memory().free(block, stream);
            block = null;
        }
    }
}
