package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.packing.PackingRules;
import java.util.List;

/**
 * What {@code plan} is asked to do.
 *
 * @param input the folder of a packed dataset
 * @param candidates the ways to pack it that are compared
 */
public record PlanOptions(String input, List<PackingRules> candidates) {
    /** @throws InvalidInputException if there is no candidate */
    public PlanOptions {
        if (candidates.isEmpty()) {
            throw new InvalidInputException("there is nothing to plan; give at least one --seq-len and --strategy");
        }
        candidates = List.copyOf(candidates);
    }
}
