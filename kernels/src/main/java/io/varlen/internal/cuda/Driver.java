package io.varlen.internal.cuda;

import io.varlen.attention.DeviceException;
import java.nio.ByteBuffer;
import java.util.List;

/** What there is to compute on: the CUDA driver, or in tests an emulator of it. */
interface Driver {
    /** Without initialising any of them; empty if there is none. */
    List<DeviceProperties> devices();

    /** Which device that is, outside this process too. */
    DeviceIdentity identity(int ordinal);

    /** The primary context of a device, which is shared with whoever else uses it in this process. */
    Device open(int ordinal);

    /**
     * One device. Addresses, streams, events, modules and functions are opaque numbers, 0 is none of them. Safe for use by many
     * threads at once; every failure is a {@link DeviceException}.
     */
    interface Device extends AutoCloseable {
        DeviceProperties properties();

        /** Bytes that are free on the device, whoever uses the others. */
        long freeMemory();

        /** Device memory, aligned to 256 bytes and of unspecified content. */
        long allocate(long bytes);

        void free(long address);

        /** Page-locked memory of the host, which alone is copied from and to while the host does something else. */
        HostMemory allocateHost(int bytes);

        void free(HostMemory memory);

        /** A stream that waits for no other. */
        long createStream();

        void destroyStream(long stream);

        /** The stream that each thread has of the driver: one number, which means the calling thread's own; never destroyed. */
        long threadStream();

        /** The driver's own handle of a stream, for a library that finds the context in the calling thread: it is there now. */
        long nativeStream(long stream);

        /** Copies in stream order; the host's memory must stay as it is until then. */
        void copyToDevice(long address, HostMemory from, int offset, int bytes, long stream);

        /** Copies in stream order. */
        void copyToHost(HostMemory to, int offset, long address, int bytes, long stream);

        /** Copies within the device, in stream order. */
        void copy(long to, long from, long bytes, long stream);

        /** Sets bytes to zero, in stream order. */
        void clear(long address, long bytes, long stream);

        long createEvent();

        void destroyEvent(long event);

        /** The event then stands for all that the stream has been given so far. */
        void record(long event, long stream);

        /** What the stream is given from now on waits for the event. */
        void waitFor(long stream, long event);

        /** Returns when what the event stands for is done. */
        void synchronizeEvent(long event);

        /** Returns when all that the stream has been given is done. */
        void synchronize(long stream);

        /** Returns when all that this process has given the device is done. */
        void synchronize();

        /** Loads the kernels of {@code src/main/cuda/<file>.cu}. */
        long load(String file);

        long function(long module, String kernel);

        /** Allows a function so much dynamic shared memory per block; needed above 48 KiB. */
        void allowShared(long function, int bytes);

        /**
         * Runs a kernel, in stream order.
         *
         * @param grid thread blocks
         * @param threads per block
         * @param sharedBytes dynamic shared memory per block
         * @param params the bytes of its one parameter: a direct buffer from position 0 to limit, read before this returns
         */
        void launch(long function, int grid, int threads, int sharedBytes, ByteBuffer params, long stream);

        /** Gives the context back; all that was made through it must have been given back before. */
        @Override
        void close();
    }
}
