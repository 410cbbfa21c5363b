package io.varlen.internal.cpu;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;

/** The memory that one execution of a product reads and writes, by oneDNN's names. */
final class OneDnnArguments implements AutoCloseable {
    private record Argument(int name, dnnl_memory memory) {}

    private final List<Argument> arguments = new ArrayList<>();
    private dnnl_exec_arg_t list;

    OneDnnArguments add(int name, dnnl_memory memory) {
        arguments.add(new Argument(name, memory));
        return this;
    }

    int count() {
        return arguments.size();
    }

    /** What oneDNN takes; nothing can be added from then on. */
    dnnl_exec_arg_t list() {
        if (list == null) {
            list = new dnnl_exec_arg_t(arguments.size());
            for (int i = 0; i < arguments.size(); i++) {
                list.position(i)
                        .arg(arguments.get(i).name())
                        .memory(arguments.get(i).memory());
            }
            list.position(0);
        }
        return list;
    }

    @Override
    public void close() {
        if (list != null) {
            list.close();
        }
    }
}
