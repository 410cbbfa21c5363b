package io.varlen.jobs.bench;

import io.varlen.attention.Backend;
import io.varlen.attention.Tensor;
import java.util.ArrayDeque;
import java.util.Deque;

/** Hands out tensors, and knows how many bytes of them were there at the same time. For one thread. */
final class TensorLedger {
    private final Backend backend;
    private long bytes;
    private long peakBytes;

    TensorLedger(Backend backend) {
        this.backend = backend;
    }

    /** Gives its tensors back when it is closed. */
    final class Scope implements AutoCloseable {
        private final Deque<Tensor> tensors = new ArrayDeque<>();

        /** A tensor of unspecified content. */
        Tensor tensor(int rows, int columns) {
            return keep(backend.tensor(rows, columns));
        }

        /** One of what flows between layers. */
        Tensor activations(int rows, int columns) {
            return keep(backend.activations(rows, columns));
        }

        private Tensor keep(Tensor tensor) {
            tensors.push(tensor);
            bytes += tensor.bytes();
            peakBytes = Math.max(peakBytes, bytes);
            return tensor;
        }

        /** One more of the same ledger. */
        Scope inner() {
            return open();
        }

        @Override
        public void close() {
            while (!tensors.isEmpty()) {
                bytes -= tensors.peek().bytes();
                tensors.pop().close();
            }
        }
    }

    Scope open() {
        return new Scope();
    }

    /** The most bytes at the same time since the ledger was made. */
    long peakBytes() {
        return peakBytes;
    }
}
