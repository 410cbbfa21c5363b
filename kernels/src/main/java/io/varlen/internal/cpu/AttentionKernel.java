package io.varlen.internal.cpu;

import io.varlen.mask.QueryTile;

/** Computes an attention call tile by tile, on one thread. */
interface AttentionKernel extends AutoCloseable {
    /** Computes one head of one tile of queries. */
    void run(QueryTile tile, int head);

    /** Gives its scratch memory back. */
    @Override
    void close();
}
