package io.varlen.internal.cuda;

import io.varlen.mask.MaskPlan;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** The last few mask plans of a stream: the layers of a model take turns with two or three of them, batch by batch. */
final class DevicePlans {
    private static final int KEPT = 8;

    /** Statistics look through two masks. */
    private static final int PER_CALL = 2;

    private final CudaSession session;
    private final CudaStream stream;
    private final Map<MaskPlan, DevicePlan> plans = new LinkedHashMap<>(16, 0.75f, true);

    DevicePlans(CudaSession session, CudaStream stream) {
        this.session = session;
        this.stream = stream;
    }

    /** A plan is known by its identity. */
    synchronized DevicePlan of(MaskPlan plan) {
        DevicePlan known = plans.get(plan);
        if (known == null) {
            if (plans.size() == KEPT) {
                Iterator<DevicePlan> all = plans.values().iterator();
                all.next().close();
                all.remove();
            }
            known = new DevicePlan(plan, session, stream);
            plans.put(plan, known);
        }
        return known;
    }

    /** Gives the memory of all back but that of the plans asked for last, which may be at work in a call of this stream's thread. */
    synchronized void clearAllButLast() {
        for (Iterator<DevicePlan> all = plans.values().iterator(); plans.size() > PER_CALL; ) {
            all.next().close();
            all.remove();
        }
    }

    /** Gives the memory of all back. */
    synchronized void clear() {
        plans.values().forEach(DevicePlan::close);
        plans.clear();
    }
}
