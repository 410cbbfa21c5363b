package io.varlen.internal.cuda;

import io.varlen.attention.AttentionStatisticsContract;
import io.varlen.attention.Backend;
import io.varlen.attention.Dtype;

/** On an emulated device of the oldest kind. */
class CudaStatisticsTest extends AttentionStatisticsContract {
    @Override
    protected Backend open() {
        return new EmulatedCuda(75, Dtype.FP32).backend();
    }
}
