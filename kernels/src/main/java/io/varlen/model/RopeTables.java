package io.varlen.model;

import io.varlen.attention.Backend;
import io.varlen.attention.Rope;
import io.varlen.attention.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Cosines and sines per position, made on first use for as many positions as a batch needs, rounded up to a power of two: a
 * model may admit a hundred thousand positions and see a hundred. Safe for use by many threads at once.
 */
final class RopeTables implements AutoCloseable {
    private static final int MIN_POSITIONS = 512;

    private final Backend backend;
    private final int pairs;
    private final Rope.Pairing pairing;
    private final Turn turn;
    private final List<Rope> tables = new ArrayList<>();

    /** What a position does to a pair. */
    private interface Turn {
        /** Writes a cosine and a sine, each times the length by which the pair grows. */
        void write(int position, int pair, float[] cosines, float[] sines, int at);
    }

    private RopeTables(Backend backend, int pairs, Rope.Pairing pairing, Turn turn) {
        this.backend = backend;
        this.pairs = pairs;
        this.pairing = pairing;
        this.turn = turn;
    }

    /** Turns pair {@code i} by {@code position · frequencies[i]}, in the single precision of transformers. */
    static RopeTables rotating(Backend backend, float[] frequencies, Rope.Pairing pairing) {
        return new RopeTables(backend, frequencies.length, pairing, (position, pair, cosines, sines, at) -> {
            float angle = position * frequencies[pair];
            cosines[at] = (float) Math.cos(angle);
            sines[at] = (float) Math.sin(angle);
        });
    }

    /** Turns nothing and makes each element of a head {@code factor(position)} times as large. */
    static RopeTables growing(Backend backend, int dim, Growth factor) {
        return new RopeTables(
                backend,
                dim / 2,
                Rope.Pairing.HALVES,
                (position, pair, cosines, sines, at) -> cosines[at] = factor.at(position));
    }

    /** A factor per position. */
    interface Growth {
        float at(int position);
    }

    /** A table of at least so many positions; closed with this. */
    synchronized Rope upTo(int positions) {
        for (Rope table : tables) {
            if (table.positions() >= positions) {
                return table;
            }
        }
        Rope table = table(Math.max(MIN_POSITIONS, Integer.highestOneBit(Math.max(1, positions - 1)) << 1));
        tables.add(table);
        return table;
    }

    private Rope table(int positions) {
        float[] cosines = new float[Math.multiplyExact(positions, pairs)];
        float[] sines = new float[cosines.length];
        for (int position = 0; position < positions; position++) {
            for (int pair = 0; pair < pairs; pair++) {
                turn.write(position, pair, cosines, sines, position * pairs + pair);
            }
        }
        Tensor first = backend.tensor(cosines, positions, pairs);
        try {
            return new Rope(first, backend.tensor(sines, positions, pairs), pairing);
        } catch (RuntimeException | Error e) {
            first.close();
            throw e;
        }
    }

    @Override
    public synchronized void close() {
        for (Rope table : tables) {
            table.cosines().close();
            table.sines().close();
        }
        tables.clear();
    }
}
