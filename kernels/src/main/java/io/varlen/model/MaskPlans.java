package io.varlen.model;

import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.util.HashMap;
import java.util.Map;

/** A model's masks, worked out for one batch. */
final class MaskPlans {
    private MaskPlans() {}

    /** By the names of the masks; names with the same mask share a plan. */
    static Map<String, MaskPlan> of(Map<String, Mask> masks, CuSeqlens sequences) {
        Map<Mask, MaskPlan> distinct = new HashMap<>();
        Map<String, MaskPlan> plans = new HashMap<>();
        masks.forEach((name, mask) ->
                plans.put(name, distinct.computeIfAbsent(mask, some -> MaskPlan.of(some, sequences))));
        return plans;
    }
}
