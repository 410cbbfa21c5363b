package io.varlen.spark.job;

import io.varlen.spark.internal.Json;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The outcome of a job.
 *
 * @param command its name
 * @param unchanged whether the output was complete before and nothing was done
 * @param figures in the order in which they are printed: strings, numbers and booleans
 */
public record JobReport(String command, boolean unchanged, LinkedHashMap<String, Object> figures) {
    /** One JSON object on one line: the figures, and {@code "unchanged":true} where it holds. */
    public String toJson() {
        Map<String, Object> printed = new LinkedHashMap<>(figures);
        if (unchanged) {
            printed.put("unchanged", true);
        }
        return Json.line(printed);
    }
}
