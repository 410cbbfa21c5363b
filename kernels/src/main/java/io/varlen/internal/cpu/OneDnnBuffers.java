package io.varlen.internal.cpu;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.stream;

/** Native memory in which one thread at a time computes blocks of rows. */
final class OneDnnBuffers implements AutoCloseable {
    /** What a product is there for: those of one feed-forward part need memory of their own even where their shapes agree. */
    enum Role {
        LINEAR,
        GATE,
        UP,
        DOWN
    }

    private record Key(OneDnnProduct product, Role role) {}

    private final engine cpu;
    private final Kernels kernels;
    private final stream stream;
    private final Map<Key, OneDnnBlock> blocks = new HashMap<>();

    OneDnnBuffers(Kernels kernels, engine cpu) {
        this.cpu = cpu;
        this.kernels = kernels;
        this.stream = new stream(cpu);
    }

    stream stream() {
        return stream;
    }

    OneDnnBlock block(OneDnnProduct product, Role role) {
        return blocks.computeIfAbsent(new Key(product, role), key -> new OneDnnBlock(product, kernels, cpu));
    }

    @Override
    public void close() {
        blocks.values().forEach(OneDnnBlock::close);
        stream.close();
    }
}
