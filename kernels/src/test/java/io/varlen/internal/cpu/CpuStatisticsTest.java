package io.varlen.internal.cpu;

import io.varlen.attention.AttentionStatisticsContract;
import io.varlen.attention.Backend;
import io.varlen.attention.Dtype;

class CpuStatisticsTest extends AttentionStatisticsContract {
    @Override
    protected Backend open() {
        return CpuBackend.open(2, Dtype.FP32);
    }
}
