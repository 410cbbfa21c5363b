package io.varlen.internal.cuda;

import io.varlen.attention.Heads;
import io.varlen.attention.Tensor;
import java.util.Set;

/** A row-major matrix in device memory, rows without gaps. */
final class CudaTensor implements Tensor {
    private final CudaSession session;
    private final Element element;
    private final int rows;
    private final int columns;
    private DeviceMemory.Block block;

    /** Where it is as long as it is open; null for nowhere. */
    private Set<CudaTensor> owner;

    /** The stream whose work reads or writes it; null while it is a parameter, which any stream may read. */
    private CudaStream user;

    CudaTensor(CudaSession session, DeviceMemory.Block block, Element element, int rows, int columns, CudaStream user) {
        this.session = session;
        this.block = block;
        this.element = element;
        this.rows = rows;
        this.columns = columns;
        this.user = user;
    }

    /** Puts it into a set, for as long as it is open. */
    CudaTensor in(Set<CudaTensor> tensors) {
        owner = tensors;
        tensors.add(this);
        return this;
    }

    static CudaTensor of(Tensor tensor) {
        if (tensor instanceof CudaTensor cuda) {
            return cuda;
        }
        throw new IllegalArgumentException("a tensor of another backend: " + tensor.getClass());
    }

    static CudaTensor of(Heads heads) {
        return of(heads.tensor());
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    Element element() {
        return element;
    }

    CudaSession session() {
        return session;
    }

    /** Of element (0, 0), aligned to 256 bytes. */
    long address() {
        return address(0);
    }

    /** Of an element counted in row-major order. */
    long address(long index) {
        DeviceMemory.Block own = block;
        if (own == null) {
            throw new IllegalStateException("the tensor [" + rows + ", " + columns + "] is closed");
        }
        return own.address() + index * element.bytes();
    }

    /** Of element (0, 0, 0) of heads; from token to token it is {@code heads.tensor().columns()} elements. */
    static long address(Heads heads) {
        return of(heads).address(heads.offset());
    }

    Matrix matrix() {
        return new Matrix(address(), element, rows, columns);
    }

    @Override
    public long bytes() {
        return (long) rows * columns * element.bytes();
    }

    /** Makes the stream wait for what other streams have to do with this tensor. */
    void readBy(CudaStream stream) {
        if (user != null && user != stream) {
            stream.waitFor(user);
            user = stream;
        }
    }

    /** The same for a stream that will change it. */
    void writtenBy(CudaStream stream) {
        if (user == null) {
            session.synchronize(); // a parameter no longer
        } else if (user != stream) {
            stream.waitFor(user);
        }
        user = stream;
    }

    @Override
    public float[] toArray() {
        return session.download(this);
    }

    @Override
    public void close() {
        DeviceMemory.Block own = leave();
        if (own != null) {
            session.free(own, user);
        }
    }

    /** The same where no stream is at work. */
    void closeIdle() {
        DeviceMemory.Block own = leave();
        if (own != null) {
            session.memory().free(own, null);
        }
    }

    /** What is to be given back; null if that has been done. */
    private synchronized DeviceMemory.Block leave() {
        DeviceMemory.Block own = block;
        block = null;
        if (owner != null) {
            owner.remove(this);
        }
        return own;
    }
}
