package io.varlen.internal.cuda;

import io.varlen.attention.AttentionStatistics;

/** How the queries of an attention call spread their attention. */
final class CudaStatistics {
    private final CudaSession session;

    CudaStatistics(CudaSession session) {
        this.session = session;
    }

    /** Done when this returns. */
    void run(AttentionStatistics statistics) {
        throw new UnsupportedOperationException();
    }
}
