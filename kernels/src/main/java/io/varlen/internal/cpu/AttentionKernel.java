package io.varlen.internal.cpu;

/** Computes an attention call tile by tile, on one thread. */
interface AttentionKernel {
    /** Computes one head of one tile of queries. */
    void run(QueryTile tile, int head);
}
