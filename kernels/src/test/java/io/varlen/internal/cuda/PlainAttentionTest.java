package io.varlen.internal.cuda;

import io.varlen.attention.AttentionContract;
import io.varlen.attention.Backend;
import io.varlen.attention.Dtype;
import java.util.List;

/** The plain form under the contract of all backends, on a device of the oldest kind. */
class PlainAttentionTest extends AttentionContract {
    @Override
    protected Backend open(int threads) {
        Driver.Device device = TestDevice.driver(75).open(0);
        CudaSession session = new CudaSession(device, 1L << 30);
        AttentionForms forms = new AttentionForms(
                List.of(new PlainAttention(session.launcher())), device.properties(), new SelfCheck(session));
        return new CudaBackend(session, Dtype.FP32, forms);
    }
}
