package io.varlen.internal.cpu;

import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_stream;
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

    private final engine cpu;
    private final Kernels kernels;
    private final stream stream;
    private final dnnl_stream streamHandle;
    private final Map<Role, Map<OneDnnProduct, OneDnnBlock>> blocks = new EnumMap<>(Role.class);

    OneDnnBuffers(Kernels kernels, engine cpu) {
        this.cpu = cpu;
        this.kernels = kernels;
        this.stream = new stream(cpu);
        this.streamHandle = stream.get();
        for (Role role : Role.values()) {
            blocks.put(role, new IdentityHashMap<>());
        }
    }

    dnnl_stream stream() {
        return streamHandle;
    }

    OneDnnBlock block(OneDnnProduct product, Role role) {
        Map<OneDnnProduct, OneDnnBlock> known = blocks.get(role);
        OneDnnBlock block = known.get(product);
        if (block == null) {
            block = new OneDnnBlock(product, kernels, cpu);
            known.put(product, block);
        }
        return block;
    }

    @Override
    public void close() {
        blocks.values().forEach(known -> known.values().forEach(OneDnnBlock::close));
        stream.close();
    }
}
