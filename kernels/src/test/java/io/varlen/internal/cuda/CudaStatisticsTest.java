package io.varlen.internal.cuda;

import io.varlen.attention.AttentionStatisticsContract;
import io.varlen.attention.Backend;
import io.varlen.attention.Dtype;

/** On a device of the oldest kind. */
class CudaStatisticsTest extends AttentionStatisticsContract {
    @Override
    protected Backend open() {
        return new CudaUnderTest(75, Dtype.FP32).backend();
    }
}
