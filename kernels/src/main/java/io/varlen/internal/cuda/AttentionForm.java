package io.varlen.internal.cuda;

import io.varlen.attention.Attention;
import java.util.Optional;

/** A kernel of attention, or several of one kind, and what calls they compute. */
interface AttentionForm {
    /** As in logs and in the table of what has been proven where: {@code plain}, {@code sm80}, {@code short}. */
    String name();

    /** Why it does not compute this call on this device, in a few words for people; empty if it does. */
    Optional<String> reasonAgainst(Attention call, DeviceProperties device);

    /**
     * Computes a call that there is no reason against, in stream order. Its tensors are {@link CudaTensor}s: q, k, v and o of
     * one element type; LSE, bias and sinks fp32.
     *
     * @param plan the call's mask on the device, shared by all calls with that mask
     */
    void launch(Attention call, DevicePlan plan, CudaStream stream);
}
