package io.varlen.internal.cuda;

import io.varlen.attention.Heads;
import io.varlen.attention.Tensor;

/** A row-major matrix in device memory, rows without gaps. */
final class CudaTensor implements Tensor {
    private final CudaSession session;
    private final Element element;
    private final int rows;
    private final int columns;
    private DeviceMemory.Block block;

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
    public synchronized void close() {
        DeviceMemory.Block own = block;
        block = null;
        if (own != null) {
            session.free(own, user);
        }
    }
}
