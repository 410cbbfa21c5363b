package io.varlen.internal.cuda;

/** A thread's stream, with its page-locked buffers and what it keeps on the device from call to call. */
final class CudaStream implements AutoCloseable {
    private final Driver.Device device;
    private final long handle;
    private final boolean hosted;
    private final long tail;
    private final Staging staging;
    private final DevicePlans plans;
    private final DevicePositions positions;

    CudaStream(CudaSession session) {
        this.device = session.device();
        this.hosted = session.isHosted();
        this.handle = hosted ? device.threadStream() : device.createStream();
        this.tail = device.createEvent();
        this.staging = new Staging(device, handle);
        this.plans = new DevicePlans(session, this);
        this.positions = new DevicePositions(session, this);
    }

    long handle() {
        return handle;
    }

    Staging staging() {
        return staging;
    }

    DevicePlans plans() {
        return plans;
    }

    DevicePositions positions() {
        return positions;
    }

    /** Called by the thread of this stream: lets what this stream is given from now on begin after all that the other has been given so far. */
    void waitFor(CudaStream other) {
        if (hosted) {
            device.synchronize();
            return;
        }
        synchronized (other) {
            device.record(other.tail, other.handle);
            device.waitFor(handle, other.tail);
        }
    }

    void synchronize() {
        device.synchronize(handle);
    }

    @Override
    public void close() {
        plans.clear();
        positions.clear();
        staging.close();
        device.destroyEvent(tail);
        if (!hosted) {
            device.destroyStream(handle);
        }
    }
}
